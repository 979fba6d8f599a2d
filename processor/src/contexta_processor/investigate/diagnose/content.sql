-- content: how much did each stage of these runs leave behind?
-- takes  $runs  run ids
-- gives  one row per run and stage (NULL: outside of any): run_id, stage, metrics (not counting those of single samples), samples,
--        scored (samples with a score or a status), errored (samples of status error), scores, operations, batches
-- order  run_id, stage
WITH told AS (
  SELECT run_id, stage, 1 AS metrics, 0 AS samples, 0 AS scored, 0 AS errored, 0 AS scores, 0 AS operations, 0 AS batches
  FROM metrics WHERE run_id IN (SELECT unnest($runs::VARCHAR[])) AND sample_id IS NULL
  UNION ALL
  SELECT s.run_id, s.stage, 0, 1, CASE WHEN s.status IS NOT NULL OR c.sample_id IS NOT NULL THEN 1 ELSE 0 END,
         CASE WHEN s.status = 'error' THEN 1 ELSE 0 END, coalesce(c.scores, 0), 0, 0
  FROM samples s
  LEFT JOIN (SELECT run_id, sample_id, count(*) AS scores FROM sample_scores
             WHERE run_id IN (SELECT unnest($runs::VARCHAR[])) GROUP BY run_id, sample_id) c
    ON c.run_id = s.run_id AND c.sample_id = s.sample_id
  WHERE s.run_id IN (SELECT unnest($runs::VARCHAR[]))
  UNION ALL
  SELECT run_id, stage, 0, 0, 0, 0, 0, 1, 0 FROM spans
  WHERE run_id IN (SELECT unnest($runs::VARCHAR[])) AND evidence_kind = 'operation'
  UNION ALL
  SELECT run_id, stage, 0, 0, 0, 0, 0, 0, 1 FROM batches WHERE run_id IN (SELECT unnest($runs::VARCHAR[]))
)
SELECT run_id, stage, sum(metrics)::BIGINT AS metrics, sum(samples)::BIGINT AS samples, sum(scored)::BIGINT AS scored,
       sum(errored)::BIGINT AS errored, sum(scores)::BIGINT AS scores, sum(operations)::BIGINT AS operations, sum(batches)::BIGINT AS batches
FROM told GROUP BY run_id, stage
ORDER BY run_id, stage NULLS FIRST
