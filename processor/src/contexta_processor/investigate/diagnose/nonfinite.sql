-- nonfinite: which figures of these runs are no numbers?
-- takes  $runs  run ids
-- gives  one row per run and figure with at least one NaN or infinity: run_id, source (metrics, sample_scores), name, stage, slice, nans,
--        infinities, points (all of them), first_step (of the first such point), last_is (whether the last point is one)
-- order  run_id, source, stage, name, slice
WITH measured AS (
  SELECT run_id, 'metrics' AS source, name, stage, slice, value, step,
         row_number() OVER (PARTITION BY run_id, name, stage, slice ORDER BY step DESC NULLS LAST, occurred_at DESC NULLS LAST, value) AS place
  FROM metrics
  WHERE run_id IN (SELECT unnest($runs::VARCHAR[])) AND name IN (
    SELECT DISTINCT name FROM metrics WHERE run_id IN (SELECT unnest($runs::VARCHAR[])) AND (isnan(value) OR isinf(value)))
  UNION ALL
  SELECT run_id, 'sample_scores', score_name, stage, NULL, value, NULL, 0 FROM sample_scores
  WHERE run_id IN (SELECT unnest($runs::VARCHAR[]))
)
SELECT run_id, source, name, stage, slice,
       sum(CASE WHEN isnan(value) THEN 1 ELSE 0 END)::BIGINT AS nans,
       sum(CASE WHEN isinf(value) THEN 1 ELSE 0 END)::BIGINT AS infinities,
       count(value) AS points,
       min(CASE WHEN isnan(value) OR isinf(value) THEN step END) AS first_step,
       coalesce(bool_or((isnan(value) OR isinf(value)) AND place = 1), false) AS last_is
FROM measured GROUP BY run_id, source, name, stage, slice
HAVING sum(CASE WHEN isnan(value) OR isinf(value) THEN 1 ELSE 0 END) > 0
ORDER BY run_id, source, stage NULLS FIRST, name, slice NULLS FIRST
