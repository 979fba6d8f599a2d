-- batch_pace: how long does a batch of these runs usually take?
-- takes  $runs  run ids
-- gives  one row per run, stage and batch type: run_id, stage, batch_type, typical_ms (the median), batches
-- order  run_id, stage, batch_type
SELECT run_id, stage, batch_type, quantile_cont(duration_ms, 0.5) AS typical_ms, count(*) AS batches
FROM batches WHERE run_id IN (SELECT unnest($runs::VARCHAR[])) AND status = 'completed' AND duration_ms IS NOT NULL
GROUP BY run_id, stage, batch_type
ORDER BY run_id, stage NULLS FIRST, batch_type NULLS FIRST
