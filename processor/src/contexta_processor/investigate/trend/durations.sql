-- trend_durations: how long did each run, or a stage of it, take?
-- takes  $name (`run`, or a stage), $project, $run_type, $last (NULL for all)
-- gives  one row per run that has it: run_id, scope (run or stage), stage, value (ms; NULL where it has no known end), status (of
--        the stage's last attempt, or the run), occurred_at (its end)
-- order  run_id, scope
WITH ranked AS (
  SELECT run_id, status, duration_ms, ended_at,
         row_number() OVER (PARTITION BY project, run_type ORDER BY coalesce(started_at, first_seen_at) DESC NULLS LAST, run_id DESC) AS place
  FROM runs
  WHERE ($project IS NULL OR project = $project) AND ($run_type IS NULL OR run_type = $run_type)
), picked AS (
  SELECT * FROM ranked WHERE $last IS NULL OR place <= $last
), staged AS (
  SELECT run_id, stage, status, duration_ms, ended_at,
         row_number() OVER (PARTITION BY run_id ORDER BY attempt DESC NULLS LAST, started_at DESC NULLS LAST, stage_id DESC) AS place
  FROM stages WHERE stage = $name AND run_id IN (SELECT run_id FROM picked)
)
SELECT run_id, 'run' AS scope, NULL::VARCHAR AS stage, duration_ms AS value, status, ended_at AS occurred_at FROM picked WHERE $name = 'run'
UNION ALL
SELECT run_id, 'stage', stage, duration_ms, status, ended_at FROM staged WHERE place = 1
ORDER BY run_id, scope
