-- stages: which stages did a run go through, and how did each end?
-- takes  $run_id
-- gives  one row per stage and attempt: stage, stage_index, attempt, status, started_at, ended_at, duration_ms, completeness,
--        degraded_count, operation_count, failed_operation_count
-- order  the order they ran in: stage_index, started_at, stage, attempt
WITH marked AS (
  SELECT stage, count(*) AS degraded_count FROM degraded_markers WHERE run_id = $run_id AND stage IS NOT NULL GROUP BY stage
), worked AS (
  SELECT stage, count(*) AS operation_count, count(*) FILTER (WHERE status = 'failed') AS failed_operation_count
  FROM operations WHERE run_id = $run_id AND stage IS NOT NULL GROUP BY stage
)
SELECT s.stage, s.stage_index, s.attempt, s.status, s.started_at, s.ended_at, s.duration_ms, s.completeness,
       coalesce(m.degraded_count, 0) AS degraded_count, coalesce(w.operation_count, 0) AS operation_count,
       coalesce(w.failed_operation_count, 0) AS failed_operation_count
FROM stages s LEFT JOIN marked m USING (stage) LEFT JOIN worked w USING (stage)
WHERE s.run_id = $run_id
ORDER BY s.stage_index NULLS LAST, s.started_at NULLS LAST, s.stage, s.attempt
