-- operations: which operations of these runs failed, with what, and how often?
-- takes  $runs  run ids
-- gives  one row per run, stage, operation and error type: run_id, stage, operation, error_type, failed, calls (of that operation in that
--        stage, whatever became of them), operation_ids (the first five that failed)
-- order  run_id, stage, most failures first, operation, error_type
WITH mine AS (
  SELECT run_id, stage, operation, operation_id, status, error_type, started_at
  FROM operations WHERE run_id IN (SELECT unnest($runs::VARCHAR[]))
), calls AS (
  SELECT run_id, stage, operation, count(*) AS calls FROM mine GROUP BY run_id, stage, operation
), failed AS (
  SELECT *, row_number() OVER (PARTITION BY run_id, stage, operation, error_type ORDER BY started_at, operation_id) AS place
  FROM mine WHERE status = 'failed'
)
SELECT f.run_id, f.stage, f.operation, f.error_type, count(*) AS failed, max(c.calls) AS calls,
       list(f.operation_id ORDER BY f.place) FILTER (WHERE f.place <= 5) AS operation_ids
FROM failed f JOIN calls c ON c.run_id = f.run_id AND c.stage IS NOT DISTINCT FROM f.stage AND c.operation = f.operation
GROUP BY f.run_id, f.stage, f.operation, f.error_type
ORDER BY f.run_id, f.stage NULLS FIRST, failed DESC, f.operation, f.error_type NULLS FIRST
