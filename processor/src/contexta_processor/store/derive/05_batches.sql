-- batches: one row per batch of the touched runs.
-- takes  temp tables touched, mentions; runs as just computed
-- rules  as for stages
DELETE FROM store.batches WHERE run_id IN (SELECT run_id FROM touched);
INSERT INTO store.batches
WITH closed AS (
  SELECT run_id, batch_id, min(stage) AS stage,
         min(attributes ->> '$."contexta.batch.type"') AS batch_type,
         min(try_cast(attributes ->> '$."contexta.batch.index"' AS INTEGER)) AS batch_index,
         max(try_cast(attributes ->> '$."contexta.batch.size"' AS BIGINT)) AS size,
         min(started_at) AS started_at, max(ended_at) AS ended_at,
         max(CASE coalesce(attributes ->> '$."contexta.batch.status"', CASE WHEN status = 'error' THEN 'failed' END)
             WHEN 'failed' THEN 4 WHEN 'interrupted' THEN 3 WHEN 'skipped' THEN 2 ELSE 1 END) AS severity,
         min(coalesce(captured_by, scope_name)) AS captured_by
  FROM facts.spans SEMI JOIN touched USING (run_id)
  WHERE evidence_kind = 'batch' AND batch_id IS NOT NULL AND NOT shadowed
  GROUP BY run_id, batch_id
), named AS (
  SELECT run_id, batch_id, min(stage) AS stage, min(first_at) AS started_at, min(captured_by) AS captured_by
  FROM mentions m WHERE batch_id IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM closed c WHERE c.run_id = m.run_id AND c.batch_id = m.batch_id)
  GROUP BY run_id, batch_id
)
SELECT run_id, stage, batch_id, batch_type, batch_index, size,
       list_extract(['completed', 'skipped', 'interrupted', 'failed'], severity), started_at, ended_at,
       CASE WHEN ended_at >= started_at THEN (epoch_ns(ended_at) - epoch_ns(started_at)) / 1e6 END,
       'complete', captured_by, 'direct'
FROM closed
UNION ALL
SELECT n.run_id, n.stage, n.batch_id, NULL, NULL, NULL, CASE WHEN r.status = 'running' THEN 'running' ELSE 'unknown' END,
       n.started_at, NULL, NULL, 'partial', n.captured_by, 'direct'
FROM named n JOIN store.runs r USING (run_id);
