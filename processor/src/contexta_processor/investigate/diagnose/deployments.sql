-- deployments: what of these runs was deployed?
-- takes  $runs  run ids
-- gives  one row per run and deployment that names it, or an artifact it produced: run_id, deployment_id, environment, status, started_at,
--        completed_at, promoted_artifact, source_run, supporting_report, active
-- order  run_id, started, deployment_id
WITH made AS (
  SELECT run_id, artifact_id FROM artifacts WHERE run_id IN (SELECT unnest($runs::VARCHAR[]))
), named AS (
  SELECT source_run AS run_id, deployment_id FROM deployments WHERE source_run IN (SELECT unnest($runs::VARCHAR[]))
  UNION
  SELECT m.run_id, d.deployment_id FROM deployments d JOIN made m ON m.artifact_id = d.promoted_artifact
)
SELECT n.run_id, d.deployment_id, d.environment, d.status, d.started_at, d.completed_at, d.promoted_artifact, d.source_run,
       d.supporting_report, d.active
FROM named n JOIN deployments d ON d.deployment_id = n.deployment_id
ORDER BY n.run_id, coalesce(d.started_at, d.completed_at) NULLS LAST, d.deployment_id
