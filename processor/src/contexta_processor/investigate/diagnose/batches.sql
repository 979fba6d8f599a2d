-- batches: how did each batch of these runs end, and how long did it take?
-- takes  $runs  run ids
-- gives  one row per batch: run_id, stage, batch_id, batch_type, batch_index, size, status, duration_ms
-- order  run_id, stage, batch_index, batch_id
SELECT run_id, stage, batch_id, batch_type, batch_index, size, status, duration_ms
FROM batches WHERE run_id IN (SELECT unnest($runs::VARCHAR[]))
ORDER BY run_id, stage NULLS FIRST, batch_index NULLS LAST, batch_id
