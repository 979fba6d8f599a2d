-- trend_releases: what was deployed where, from which run?
-- takes  nothing
-- gives  one row per deployment: deployment_id, environment, status, live_at (completed, else started), promoted_artifact, source_run (as told),
--        project (of that run; NULL if not known)
-- order  live_at, environment, deployment_id
SELECT d.deployment_id, d.environment, d.status, coalesce(d.completed_at, d.started_at) AS live_at, d.promoted_artifact, d.source_run, r.project
FROM store.merged_deployments d LEFT JOIN store.runs r ON r.run_id = d.source_run
ORDER BY live_at NULLS LAST, d.environment NULLS LAST, d.deployment_id
