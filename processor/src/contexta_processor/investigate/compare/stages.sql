-- compare_stages: how far did two runs get, stage by stage?
-- takes  $baseline, $candidate  run ids
-- gives  one row per stage known to either: stage, baseline, candidate (status of the last attempt; NULL where the run
--        never opened it)
-- order  pipeline order: index where one was given, else the time it started, baseline's word first
WITH last_attempt AS (
  SELECT run_id, stage, status, stage_index, started_at,
         row_number() OVER (PARTITION BY run_id, stage ORDER BY attempt DESC NULLS LAST, started_at DESC NULLS LAST, stage_id DESC) AS place
  FROM stages WHERE run_id IN ($baseline, $candidate)
), side AS (
  SELECT run_id, stage, status,
         row_number() OVER (PARTITION BY run_id ORDER BY stage_index NULLS LAST, started_at NULLS LAST, stage) AS position
  FROM last_attempt WHERE place = 1
)
SELECT coalesce(b.stage, c.stage) AS stage, b.status AS baseline, c.status AS candidate
FROM (SELECT stage, status, position FROM side WHERE run_id = $baseline) b
FULL JOIN (SELECT stage, status, position FROM side WHERE run_id = $candidate) c USING (stage)
ORDER BY coalesce(b.position, c.position), c.position, stage
