-- compare_scores: how did the same samples score in two runs?
-- takes  $baseline, $candidate  run ids
-- gives  one row per (name, stage, sample_id) scored in either: baseline, candidate (NULL where that run didn't)
-- order  name, stage, sample_id
--
-- A sample is the same when its id is, within a stage; several metric values of it are averaged first.
WITH told AS (
  SELECT run_id, stage, sample_id, score_name AS name, value
  FROM sample_scores WHERE run_id IN ($baseline, $candidate) AND value IS NOT NULL
  UNION ALL
  SELECT run_id, stage, sample_id, name, list_avg(list(value ORDER BY value))
  FROM metrics WHERE run_id IN ($baseline, $candidate) AND scope = 'sample' AND sample_id IS NOT NULL AND value IS NOT NULL
  GROUP BY run_id, stage, sample_id, name
)
SELECT name, stage, sample_id,
       avg(value) FILTER (run_id = $baseline) AS baseline, avg(value) FILTER (run_id = $candidate) AS candidate
FROM told
GROUP BY name, stage, sample_id
ORDER BY name, stage, sample_id
