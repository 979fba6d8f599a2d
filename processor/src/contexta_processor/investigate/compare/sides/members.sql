-- compare_members: what is known of some runs as wholes?
-- takes  $runs  run ids
-- gives  run_id, project, name, run_type, status, expected_stages, completeness, has_environment, has_configuration
-- order  run_id
WITH told AS (
  SELECT run_id, name FROM facts.records
  WHERE list_contains($runs, run_id) AND name IN ('contexta.environment', 'contexta.configuration') AND NOT shadowed
)
SELECT run_id, project, name, run_type, status, expected_stages, completeness,
       run_id IN (SELECT run_id FROM told WHERE name = 'contexta.environment') AS has_environment,
       run_id IN (SELECT run_id FROM told WHERE name = 'contexta.configuration') AS has_configuration
FROM runs WHERE list_contains($runs, run_id)
ORDER BY run_id
