-- compare_runs: what is known of two runs as wholes, and which runs came before them?
-- takes  $baseline, $candidate  run ids; $history  how many earlier runs at most
-- gives  run_id, role (pair, history), project, name, run_type, status, expected_stages, completeness, started_at,
--        has_environment, has_configuration; history: completed runs of the candidate's project and type that started
--        before it, without the two themselves
-- order  role, newest first, run_id
WITH candidate AS (
  SELECT project, run_type, coalesce(started_at, first_seen_at) AS at FROM runs WHERE run_id = $candidate
), earlier AS (
  SELECT r.run_id
  FROM runs r, candidate c
  WHERE r.project = c.project AND r.run_type IS NOT DISTINCT FROM c.run_type AND r.status = 'completed'
    AND coalesce(r.started_at, r.first_seen_at) < c.at AND r.run_id NOT IN ($baseline, $candidate)
  ORDER BY coalesce(r.started_at, r.first_seen_at) DESC, r.run_id DESC
  LIMIT $history
), told AS (
  SELECT run_id, name FROM facts.records
  WHERE run_id IN ($baseline, $candidate) AND name IN ('contexta.environment', 'contexta.configuration') AND NOT shadowed
)
SELECT run_id, 'pair' AS role, project, name, run_type, status, expected_stages, completeness, coalesce(started_at, first_seen_at) AS started_at,
       run_id IN (SELECT run_id FROM told WHERE name = 'contexta.environment') AS has_environment,
       run_id IN (SELECT run_id FROM told WHERE name = 'contexta.configuration') AS has_configuration
FROM runs WHERE run_id IN ($baseline, $candidate)
UNION ALL
SELECT run_id, 'history', project, name, run_type, status, NULL, completeness, coalesce(started_at, first_seen_at), NULL, NULL
FROM runs WHERE run_id IN (SELECT run_id FROM earlier)
ORDER BY role, started_at DESC, run_id DESC
