-- compare_runs: what is known of two runs as wholes?
-- takes  $baseline, $candidate  run ids
-- gives  run_id, project, name, run_type, status, expected_stages, completeness, has_environment, has_configuration
-- order  run_id
SELECT run_id, project, name, run_type, status, expected_stages, completeness,
       run_id IN (SELECT run_id FROM environments) AS has_environment,
       run_id IN (SELECT run_id FROM configuration) AS has_configuration
FROM runs
WHERE run_id IN ($baseline, $candidate)
ORDER BY run_id
