-- trend_scores: how did the samples of each run score on average?
-- takes  $name, $project, $run_type, $stage, $slice (NULL for all samples), $last (NULL for all)
-- gives  one row per run and stage: run_id, stage, slice (as asked), value (mean over the samples with a finite score; NULL where
--        none has one), sample_count (those), not_finite (scored NaN or ±Inf), stddev
-- order  run_id, stage
--
-- A sample scored several times in a stage (folds) counts once, with its mean.
WITH ranked AS (
  SELECT run_id,
         row_number() OVER (PARTITION BY project, run_type ORDER BY coalesce(started_at, first_seen_at) DESC NULLS LAST, run_id DESC) AS place
  FROM runs
  WHERE ($project IS NULL OR project = $project) AND ($run_type IS NULL OR run_type = $run_type)
), told AS (
  SELECT run_id, stage, sample_id, value FROM sample_scores WHERE score_name = $name
  UNION ALL
  SELECT run_id, stage, sample_id, value FROM metrics WHERE name = $name AND scope = 'sample' AND sample_id IS NOT NULL
), scored AS (
  SELECT run_id, stage, sample_id, list_avg(list(value ORDER BY value)) AS value
  FROM told
  WHERE value IS NOT NULL AND ($stage IS NULL OR stage = $stage)
    AND run_id IN (SELECT run_id FROM ranked WHERE $last IS NULL OR place <= $last)
    AND ($slice IS NULL OR (run_id, sample_id) IN (SELECT (run_id, sample_id) FROM sample_slices WHERE slice = $slice))
  GROUP BY run_id, stage, sample_id
)
SELECT run_id, stage, $slice::VARCHAR AS slice,
       list_avg(list(value ORDER BY value) FILTER (isfinite(value))) AS value,
       count(*) FILTER (isfinite(value)) AS sample_count, count(*) FILTER (NOT isfinite(value)) AS not_finite,
       CASE WHEN count(*) FILTER (isfinite(value)) > 1 THEN list_stddev_samp(list(value ORDER BY value) FILTER (isfinite(value))) END AS stddev
FROM scored GROUP BY run_id, stage
ORDER BY run_id, stage
