-- compare_durations: how often did what ran in two runs run, how often did it fail, and how long did it take?
-- takes  $baseline, $candidate  run ids
-- gives  one row per run, scope (stage, operation), stage and operation (NULL for a stage): run_id, scope, stage, operation,
--        count (NULL where it is known by its name alone), errors (failed), timed (how many durations there are), p50, p95
--        and total in milliseconds, durations (all of them, sorted), stage_index, started_at (the earliest)
-- order  run_id, scope (stages first), stage_index, started_at, stage, operation
--
-- Every attempt of a stage counts; only a completed one has a duration that says how long the stage takes.
-- As `operations` has them, without their parents: those are looked for among the operations of all runs.
WITH told AS (
  SELECT run_id, 'stage' AS scope, stage, NULL AS operation, status, CASE WHEN status = 'completed' THEN duration_ms END AS duration_ms,
         stage_index, started_at
  FROM stages WHERE run_id IN ($baseline, $candidate)
  UNION ALL
  SELECT run_id, 'operation', stage, coalesce(operation, name), CASE status WHEN 'error' THEN 'failed' ELSE 'completed' END,
         CASE WHEN ended_at >= started_at THEN (epoch_ns(ended_at) - epoch_ns(started_at)) / 1e6 END, NULL, started_at
  FROM facts.spans WHERE run_id IN ($baseline, $candidate) AND evidence_kind = 'operation' AND NOT shadowed
  UNION ALL
  SELECT run_id, 'operation', stage, operation, 'unknown', NULL, NULL, started_at
  FROM store.mentioned_operations WHERE run_id IN ($baseline, $candidate)
)
SELECT run_id, scope, stage, operation,
       nullif(count(*) FILTER (status <> 'unknown'), 0) AS count, count(*) FILTER (status = 'failed') AS errors,
       count(duration_ms) AS timed, quantile_cont(duration_ms, 0.5) AS p50, quantile_cont(duration_ms, 0.95) AS p95,
       list_sum(list(duration_ms ORDER BY duration_ms)) AS total,
       list(duration_ms ORDER BY duration_ms) FILTER (duration_ms IS NOT NULL) AS durations,
       min(stage_index) AS stage_index, min(started_at) AS started_at
FROM told
GROUP BY run_id, scope, stage, operation
ORDER BY run_id, scope DESC, stage_index NULLS LAST, started_at NULLS LAST, stage, operation
