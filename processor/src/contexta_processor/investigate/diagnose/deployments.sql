-- deployments: what of these runs was deployed?
-- takes  $runs  run ids
-- gives  one row per run and deployment: run_id, deployment_id, environment, status, started_at, completed_at, promoted_artifact,
--        source_run, supporting_report, active
-- order  run_id, started_at, completed_at, deployment_id
-- A deployment is a run's if it names the run, or an artifact of it, or if a relationship leads from one of these to it.
WITH keys AS (
  SELECT unnest($runs::VARCHAR[]) AS run_id
), made AS (
  SELECT run_id, run_id AS id, 'run' AS kind FROM keys
  UNION ALL
  SELECT run_id, artifact_id, 'artifact' FROM artifacts WHERE run_id IN (SELECT run_id FROM keys)
), named AS (
  SELECT run_id, id, kind FROM made
  UNION ALL
  SELECT m.run_id, r.to_id, 'deployment'
  FROM relationships r JOIN made m ON m.id = r.from_id
  WHERE r.from_id IN (SELECT id FROM made) AND r.type IN ('derived_from', 'deployed_as', 'source_of')
)
SELECT DISTINCT n.run_id, d.deployment_id, d.environment, d.status, d.started_at, d.completed_at, d.promoted_artifact, d.source_run,
       d.supporting_report, d.active
FROM deployments d
JOIN named n ON (n.kind = 'run' AND d.source_run = n.id) OR (n.kind = 'artifact' AND d.promoted_artifact = n.id)
             OR (n.kind = 'deployment' AND d.deployment_id = n.id)
ORDER BY n.run_id, d.started_at NULLS LAST, d.completed_at NULLS LAST, d.deployment_id
