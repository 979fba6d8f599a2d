-- curves: how did the metrics that were followed over steps go?
-- takes  $runs  run ids; $least  with fewer points it is no curve
-- gives  one row per run, metric, scope, stage, slice and unit: run_id, name, scope, stage, slice, unit, higher_is_better, steps, values
--        (in order of the steps; NaN and infinities are among them)
-- order  run_id, stage, name, scope, slice, unit
SELECT run_id, name, scope, stage, slice, unit, bool_or(higher_is_better) AS higher_is_better,
       list(step ORDER BY step, occurred_at, value) AS steps, list(value ORDER BY step, occurred_at, value) AS values
FROM metrics
WHERE run_id IN (SELECT unnest($runs::VARCHAR[])) AND step IS NOT NULL AND value IS NOT NULL AND sample_id IS NULL
GROUP BY run_id, name, scope, stage, slice, unit
HAVING count(*) >= $least
ORDER BY run_id, stage NULLS FIRST, name, scope, slice NULLS FIRST, unit NULLS FIRST
