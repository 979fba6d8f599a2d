-- compare_members_operations: how long did operations usually take in some runs?
-- takes  $runs  run ids
-- gives  one row per run, stage and operation: run_id, stage, operation, p50 (milliseconds; NULL where none is known)
-- order  stage, operation, run_id
SELECT run_id, stage, coalesce(operation, name) AS operation,
       quantile_cont(CASE WHEN ended_at >= started_at THEN (epoch_ns(ended_at) - epoch_ns(started_at)) / 1e6 END, 0.5) AS p50
FROM facts.spans
WHERE list_contains($runs, run_id) AND evidence_kind = 'operation' AND NOT shadowed
GROUP BY run_id, stage, coalesce(operation, name)
ORDER BY stage, operation, run_id
