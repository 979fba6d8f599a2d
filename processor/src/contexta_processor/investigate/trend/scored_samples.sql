-- trend_scored_samples: how did each sample of one run score?
-- takes  $name, $run_id, $stage (exactly; NULL for none), $slice (NULL for all samples)
-- gives  one row per sample: sample_id, value (finite)
-- order  sample_id
WITH told AS (
  SELECT sample_id, value FROM sample_scores WHERE run_id = $run_id AND score_name = $name AND stage IS NOT DISTINCT FROM $stage
  UNION ALL
  SELECT sample_id, value FROM metrics
  WHERE run_id = $run_id AND name = $name AND scope = 'sample' AND sample_id IS NOT NULL AND stage IS NOT DISTINCT FROM $stage
)
SELECT sample_id, list_avg(list(value ORDER BY value)) AS value
FROM told
WHERE isfinite(value) AND ($slice IS NULL OR sample_id IN (SELECT sample_id FROM sample_slices WHERE run_id = $run_id AND slice = $slice))
GROUP BY sample_id
ORDER BY sample_id
