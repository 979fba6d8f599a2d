-- live_at: what was live at a moment?
-- takes  $at  a UTC timestamp; $environment (NULL for any)
-- gives  one row per environment in which something was: environment, deployment_id, live_from, live_until
-- order  environment, deployment_id
SELECT environment, deployment_id, live_from, live_until
FROM deployment_intervals
WHERE live_from <= $at::TIMESTAMP_NS AND (live_until IS NULL OR live_until > $at::TIMESTAMP_NS)
  AND ($environment IS NULL OR environment = $environment)
ORDER BY environment NULLS LAST, deployment_id
