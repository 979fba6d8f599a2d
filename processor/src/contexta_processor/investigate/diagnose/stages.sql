-- stages: which stages did these runs go through, and how did each end?
-- takes  $runs  run ids
-- gives  one row per run, stage and attempt: run_id, stage, stage_id, stage_index, attempt, status, started_at, ended_at, duration_ms,
--        completeness
-- order  run_id, the order they ran in
SELECT run_id, stage, stage_id, stage_index, attempt, status, started_at, ended_at, duration_ms, completeness
FROM stages WHERE run_id IN (SELECT unnest($runs::VARCHAR[]))
ORDER BY run_id, stage_index NULLS LAST, started_at NULLS LAST, stage, attempt
