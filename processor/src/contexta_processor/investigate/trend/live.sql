-- trend_live: what is live?
-- takes  nothing
-- gives  one row per deployment that is: deployment_id
-- order  deployment_id
SELECT deployment_id FROM deployment_intervals WHERE live_until IS NULL ORDER BY deployment_id
