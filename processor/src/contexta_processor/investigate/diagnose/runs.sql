-- runs: what is known of the runs that are judged?
-- takes  $runs  run ids
-- gives  one row per run: run_id, project, name, run_type, status, started_at, ended_at, last_seen_at, expected_stages, completeness
-- order  run_id
SELECT run_id, project, name, run_type, status, started_at, ended_at, last_seen_at, expected_stages, completeness
FROM runs WHERE run_id IN (SELECT unnest($runs::VARCHAR[]))
ORDER BY run_id
