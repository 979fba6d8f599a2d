-- history: which earlier runs could say what is usual for each of these?
-- takes  $runs  run ids; $last  how many at most for each
-- gives  one row per run and earlier run: run_id, past_run_id, place (1 is the newest)
-- order  run_id, place
-- Of the same project and type, completed, and begun before it. A run without a project has no history.
WITH judged AS (
  SELECT run_id, project, run_type, started_at FROM runs WHERE run_id IN (SELECT unnest($runs::VARCHAR[])) AND started_at IS NOT NULL
), past AS (
  SELECT j.run_id, p.run_id AS past_run_id,
         row_number() OVER (PARTITION BY j.run_id ORDER BY p.started_at DESC, p.run_id) AS place
  FROM judged j JOIN runs p ON p.project = j.project AND p.run_type IS NOT DISTINCT FROM j.run_type
  WHERE p.status = 'completed' AND p.started_at < j.started_at
)
SELECT run_id, past_run_id, place FROM past WHERE place <= $last
ORDER BY run_id, place
