-- deployments: what of these runs was deployed?
-- takes  $runs  run ids; $owners, $artifacts  which of them produced which artifact, two lists side by side
-- gives  one row per run and deployment: run_id, deployment_id, environment, status, started_at, completed_at, promoted_artifact,
--        source_run, supporting_report
-- order  run_id, started_at, completed_at, deployment_id
-- A deployment is a run's if it names the run, or an artifact of it, or if a relationship leads from one of these to it.
WITH made AS (
  SELECT unnest($runs::VARCHAR[]) AS run_id, unnest($runs::VARCHAR[]) AS id, 'run' AS kind
  UNION ALL
  SELECT unnest($owners::VARCHAR[]), unnest($artifacts::VARCHAR[]), 'artifact'
), named AS (
  SELECT run_id, id, kind FROM made
  UNION ALL
  SELECT m.run_id, r.to_id, 'deployment'
  FROM relationships r JOIN made m ON m.id = r.from_id
  WHERE r.from_id IN (SELECT id FROM made) AND r.type IN ('derived_from', 'deployed_as', 'source_of')
)
SELECT DISTINCT n.run_id, d.deployment_id, d.environment, d.status, d.started_at, d.completed_at, d.promoted_artifact, d.source_run,
       d.supporting_report
FROM store.merged_deployments d
JOIN named n ON (n.kind = 'run' AND d.source_run = n.id) OR (n.kind = 'artifact' AND d.promoted_artifact = n.id)
             OR (n.kind = 'deployment' AND d.deployment_id = n.id)
ORDER BY n.run_id, d.started_at NULLS LAST, d.completed_at NULLS LAST, d.deployment_id
