-- deployments: what of these runs was deployed?
-- takes  $runs  run ids
-- gives  one row per run and deployment that names it, or an artifact it produced: run_id, deployment_id, environment, status, started_at,
--        completed_at, promoted_artifact, source_run, supporting_report, active
-- order  run_id, started, deployment_id
WITH keys AS (
  SELECT unnest($runs::VARCHAR[]) AS run_id
), named AS (
  SELECT run_id, run_id AS source_run, NULL AS artifact_id FROM keys
  UNION ALL
  SELECT run_id, NULL, artifact_id FROM artifacts WHERE run_id IN (SELECT run_id FROM keys)
)
SELECT DISTINCT n.run_id, d.deployment_id, d.environment, d.status, d.started_at, d.completed_at, d.promoted_artifact, d.source_run,
       d.supporting_report, d.active
FROM deployments d JOIN named n ON d.source_run = n.source_run OR d.promoted_artifact = n.artifact_id
ORDER BY n.run_id, d.started_at NULLS LAST, d.completed_at NULLS LAST, d.deployment_id
