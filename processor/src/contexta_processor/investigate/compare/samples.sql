-- compare_samples: what became of each sample?
-- takes  $baseline, $candidate  run ids; $group  what samples are grouped by: batch, an attribute, or a slice's prefix
-- gives  one row per (stage, sample_id) known to either: in_baseline, in_candidate, baseline, candidate (passed, failed,
--        error, skipped, or NULL where nobody said), grouping (NULL: none told), has_retrieval, redacted, other_input and
--        other_expected (the two sides' summaries are told, whole, and differ)
-- order  sample_id, stage
--
-- A sample with failure tags failed, whether or not its status says so; one without either is not known to have passed.
WITH told AS (
  SELECT run_id, stage, sample_id, coalesce(redacted, FALSE) AS redacted, retrieval, input_summary, expected_summary,
         CASE WHEN status IS NULL AND len(failure_tags) > 0 THEN 'failed' ELSE status END AS status,
         CASE WHEN $group = 'batch' THEN batch_id
              ELSE coalesce(attributes ->> ('$."' || $group || '"'),
                            list_filter(slices, lambda s: starts_with(s, $group || '=') OR starts_with(s, $group || ':'))[1]) END AS grouping
  FROM samples WHERE run_id IN ($baseline, $candidate)
)
SELECT stage, sample_id,
       bool_or(run_id = $baseline) AS in_baseline, bool_or(run_id = $candidate) AS in_candidate,
       max(status) FILTER (run_id = $baseline) AS baseline, max(status) FILTER (run_id = $candidate) AS candidate,
       coalesce(max(grouping) FILTER (run_id = $baseline), max(grouping)) AS grouping,
       bool_or(retrieval IS NOT NULL) AS has_retrieval, bool_or(redacted) AS redacted,
       coalesce(min(input_summary) FILTER (NOT redacted) <> max(input_summary) FILTER (NOT redacted), FALSE) AS other_input,
       coalesce(min(expected_summary) FILTER (NOT redacted) <> max(expected_summary) FILTER (NOT redacted), FALSE) AS other_expected
FROM told
GROUP BY stage, sample_id
ORDER BY sample_id, stage
