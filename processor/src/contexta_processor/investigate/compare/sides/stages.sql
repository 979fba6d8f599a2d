-- compare_members_stages: how far did some runs get, stage by stage, and how long did it take?
-- takes  $runs  run ids
-- gives  one row per run and stage: run_id, stage, status (of the last attempt), duration_ms (of all completed attempts
--        together; NULL without one)
-- order  pipeline order: the smallest index where one was given, else the earliest start; then stage, run_id
WITH told AS (
  SELECT run_id, stage, status, stage_index, started_at,
         sum(CASE WHEN status = 'completed' THEN duration_ms END) OVER (PARTITION BY run_id, stage) AS duration_ms,
         row_number() OVER (PARTITION BY run_id, stage ORDER BY attempt DESC NULLS LAST, started_at DESC NULLS LAST, stage_id DESC) AS place
  FROM stages WHERE list_contains($runs, run_id)
), placed AS (
  SELECT run_id, stage, status, duration_ms,
         min(stage_index) OVER (PARTITION BY stage) AS at_index, min(started_at) OVER (PARTITION BY stage) AS opened_at
  FROM told WHERE place = 1
)
SELECT run_id, stage, status, duration_ms
FROM placed
ORDER BY at_index NULLS LAST, opened_at NULLS LAST, stage, run_id
