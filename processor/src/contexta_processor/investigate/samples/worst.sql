-- samples/worst: which samples have the lowest, or highest, value of a score?
-- takes  $run_id, $score; $descending (true: highest first); $failed, $slice, $tag, $stage, $ids as listing.sql does; $limit (NULL for all)
-- gives  one row per scored sample: stage, batch_id, sample_id, value; and in each row scored, not_a_number (scored NaN: in no
--        order, and not listed) and unscored (samples without the score), all before the limit; where none is scored one row
--        with these counts alone
-- order  value, stage, batch_id, sample_id
--
-- A metric of scope sample is a score too; several values of one are averaged.
WITH picked AS (
  SELECT stage, batch_id, sample_id
  FROM samples
  WHERE run_id = $run_id
    AND ($slice IS NULL OR list_contains(slices, $slice))
    AND ($tag IS NULL OR list_contains(failure_tags, $tag))
    AND ($stage IS NULL OR stage = $stage)
    AND ($ids IS NULL OR sample_id IN (SELECT unnest($ids::VARCHAR[])))
    AND (NOT $failed OR coalesce(status IN ('failed', 'error'), false) OR coalesce(len(failure_tags) > 0, false))
), told AS (
  SELECT stage, batch_id, sample_id, value FROM sample_scores WHERE run_id = $run_id AND score_name = $score
  UNION ALL
  SELECT stage, batch_id, sample_id, value FROM metrics
  WHERE run_id = $run_id AND name = $score AND scope = 'sample' AND sample_id IS NOT NULL
), scored AS (
  SELECT stage, batch_id, sample_id, list_avg(list(value ORDER BY value)) AS value
  FROM told WHERE value IS NOT NULL
  GROUP BY stage, batch_id, sample_id
), joined AS (
  SELECT p.stage, p.batch_id, p.sample_id, s.value
  FROM picked p LEFT JOIN scored s
    ON s.sample_id = p.sample_id AND s.batch_id IS NOT DISTINCT FROM p.batch_id AND s.stage IS NOT DISTINCT FROM p.stage
), counted AS (
  SELECT count(*) FILTER (NOT isnan(value)) AS scored, count(*) FILTER (isnan(value)) AS not_a_number,
         count(*) FILTER (value IS NULL) AS unscored
  FROM joined
), top AS (
  SELECT * FROM joined
  WHERE NOT isnan(value)
  ORDER BY CASE WHEN $descending THEN -value ELSE value END, stage, batch_id, sample_id
  LIMIT coalesce($limit, 9223372036854775807)
)
SELECT top.*, counted.* FROM counted LEFT JOIN top ON true
ORDER BY CASE WHEN $descending THEN -value ELSE value END, stage, batch_id, sample_id
