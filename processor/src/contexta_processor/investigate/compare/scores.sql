-- compare_scores: how did the same samples score in two runs?
-- takes  $baseline, $candidate  run ids
-- gives  one row per (name, stage, slice), slice NULL for all samples: pairs (samples scored with a finite number in
--        both), baseline_value, candidate_value (means over those pairs; over the side's own samples where there are
--        none), only_baseline, only_candidate (scored on one side alone), not_finite (scored NaN or ±Inf on a side)
-- order  name, stage, slice
--
-- A sample is the same when its id is, within a stage; several scores of it (folds) are averaged first.
WITH told AS (
  SELECT run_id, stage, sample_id, score_name AS name, value
  FROM sample_scores WHERE run_id IN ($baseline, $candidate)
  UNION ALL
  SELECT run_id, stage, sample_id, name, value
  FROM metrics WHERE run_id IN ($baseline, $candidate) AND scope = 'sample' AND sample_id IS NOT NULL
), scored AS (
  SELECT run_id, stage, sample_id, name, list_avg(list(value ORDER BY value)) AS value
  FROM told WHERE value IS NOT NULL GROUP BY run_id, stage, sample_id, name
), paired AS (
  SELECT coalesce(b.name, c.name) AS name, coalesce(b.stage, c.stage) AS stage, coalesce(b.sample_id, c.sample_id) AS sample_id,
         b.value AS b, c.value AS c, b.value IS NOT NULL AND c.value IS NOT NULL AS is_both,
         coalesce(isfinite(b.value), TRUE) AND coalesce(isfinite(c.value), TRUE) AS is_finite
  FROM (SELECT * FROM scored WHERE run_id = $baseline) b
  FULL JOIN (SELECT * FROM scored WHERE run_id = $candidate) c
    ON b.name = c.name AND b.sample_id = c.sample_id AND b.stage IS NOT DISTINCT FROM c.stage
), sliced AS (
  SELECT *, NULL AS slice FROM paired
  UNION ALL
  SELECT p.*, s.slice
  FROM paired p
  JOIN (SELECT DISTINCT sample_id, slice FROM sample_slices WHERE run_id IN ($baseline, $candidate)) s USING (sample_id)
), counted AS (
  SELECT name, stage, slice,
         count(*) FILTER (is_both AND is_finite) AS pairs,
         list_avg(list(b ORDER BY b) FILTER (is_both AND is_finite)) AS paired_b,
         list_avg(list(c ORDER BY c) FILTER (is_both AND is_finite)) AS paired_c,
         list_avg(list(b ORDER BY b) FILTER (b IS NOT NULL AND is_finite)) AS own_b,
         list_avg(list(c ORDER BY c) FILTER (c IS NOT NULL AND is_finite)) AS own_c,
         count(*) FILTER (c IS NULL) AS only_baseline, count(*) FILTER (b IS NULL) AS only_candidate,
         count(*) FILTER (NOT is_finite) AS not_finite
  FROM sliced GROUP BY name, stage, slice
)
SELECT name, stage, slice, pairs, coalesce(paired_b, own_b) AS baseline_value, coalesce(paired_c, own_c) AS candidate_value,
       only_baseline, only_candidate, not_finite
FROM counted
ORDER BY name, stage, slice
