-- compare_samples: what became of each sample?
-- takes  $baseline, $candidate  run ids
-- gives  one row per (stage, sample_id) known to either: baseline, candidate (passed, failed, error, skipped, or NULL where
--        nobody said), in_baseline, in_candidate, slices, failure_tags and has_retrieval (the candidate's where it has it)
-- order  stage, sample_id
--
-- A sample with failure tags failed, whether or not its status says so; one without either is not known to have passed.
WITH told AS (
  SELECT run_id, stage, sample_id,
         CASE WHEN bool_or(status = 'error') THEN 'error'
              WHEN bool_or(status = 'failed' OR (status IS NULL AND len(failure_tags) > 0)) THEN 'failed'
              WHEN bool_or(status = 'passed') THEN 'passed' ELSE max(status) END AS status,
         list_sort(list_distinct(flatten(list(coalesce(slices, []))))) AS slices,
         list_sort(list_distinct(flatten(list(coalesce(failure_tags, []))))) AS failure_tags,
         bool_or(retrieval IS NOT NULL) AS has_retrieval
  FROM samples WHERE run_id IN ($baseline, $candidate)
  GROUP BY run_id, stage, sample_id
)
SELECT coalesce(b.stage, c.stage) AS stage, coalesce(b.sample_id, c.sample_id) AS sample_id,
       b.status AS baseline, c.status AS candidate,
       b.sample_id IS NOT NULL AS in_baseline, c.sample_id IS NOT NULL AS in_candidate,
       coalesce(c.slices, b.slices) AS slices, coalesce(c.failure_tags, b.failure_tags) AS failure_tags,
       coalesce(c.has_retrieval, b.has_retrieval) AS has_retrieval
FROM (SELECT * FROM told WHERE run_id = $baseline) b
FULL JOIN (SELECT * FROM told WHERE run_id = $candidate) c
  ON b.sample_id = c.sample_id AND b.stage IS NOT DISTINCT FROM c.stage
ORDER BY stage, sample_id
