-- score_summary: how did a run's samples score, over all and by slice?
-- takes  $run_id
-- gives  one row per score and slice (NULL for all samples): name, slice, samples, mean, low, high (NaN left out)
-- order  slice (all samples first), name
-- mean   summed with compensation and in one order, so that the same scores give the same bytes
WITH scored AS (
  SELECT score_name AS name, sample_id, value FROM sample_scores WHERE run_id = $run_id AND value IS NOT NULL AND NOT isnan(value)
), placed AS (
  SELECT name, NULL::VARCHAR AS slice, value FROM scored
  UNION ALL
  SELECT s.name, l.slice, s.value
  FROM scored s JOIN (SELECT DISTINCT sample_id, slice FROM sample_slices WHERE run_id = $run_id) l USING (sample_id)
)
SELECT name, slice, count(*) AS samples, favg(value ORDER BY value) AS mean, min(value) AS low, max(value) AS high
FROM placed GROUP BY name, slice
ORDER BY slice NULLS FIRST, name
