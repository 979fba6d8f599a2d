-- trend_marks: what went live, when?
-- takes  $environment (NULL for any)
-- gives  one row per deployment with a time: deployment_id, environment, status, live_at (completed, else started), active,
--        promoted_artifact, source_run (told, else the run that produced the artifact), project (of that run; NULL if not known)
-- order  live_at, environment, deployment_id
SELECT d.deployment_id, d.environment, d.status, coalesce(d.completed_at, d.started_at) AS live_at, coalesce(d.active, FALSE) AS active,
       d.promoted_artifact, coalesce(d.source_run, a.run_id) AS source_run, r.project
FROM deployments d
LEFT JOIN artifacts a ON a.artifact_id = d.promoted_artifact
LEFT JOIN runs r ON r.run_id = coalesce(d.source_run, a.run_id)
WHERE coalesce(d.completed_at, d.started_at) IS NOT NULL AND ($environment IS NULL OR d.environment = $environment)
ORDER BY live_at, d.environment NULLS LAST, d.deployment_id
