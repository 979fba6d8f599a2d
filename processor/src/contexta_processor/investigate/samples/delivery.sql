-- samples/delivery: may samples of two runs be missing here that the jobs had?
-- takes  $baseline, $candidate  run ids
-- gives  one row per run for which they may: run_id, detail
-- order  run_id
WITH sent AS (
  SELECT run_id, sum(missing_count)::BIGINT AS missing, sum(dropped_count)::BIGINT AS dropped, bool_and(closed) AS closed,
         count(*) FILTER (missing_count IS NULL) AS unnumbered
  FROM producers WHERE run_id IN ($baseline, $candidate) GROUP BY run_id
), told AS (
  SELECT r.run_id,
         concat_ws('; ',
           CASE WHEN r.status <> 'completed' THEN 'the status of the run is ' || r.status END,
           CASE WHEN coalesce(s.missing, 0) + coalesce(s.dropped, 0) > 0
                THEN 'records lost on the way: ' || (coalesce(s.missing, 0) + coalesce(s.dropped, 0)) END,
           CASE WHEN s.run_id IS NULL OR s.unnumbered > 0 THEN 'what was lost on the way is not known: its sender numbers nothing' END,
           CASE WHEN NOT s.closed THEN 'a sender never said that it was done' END) AS detail
  FROM runs r LEFT JOIN sent s USING (run_id)
  WHERE r.run_id IN ($baseline, $candidate)
)
SELECT run_id, detail FROM told WHERE detail <> '' ORDER BY run_id
