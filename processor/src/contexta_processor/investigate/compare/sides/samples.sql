-- compare_members_samples: which samples did which of some runs have?
-- takes  $runs  run ids; $group  what samples are grouped by: batch, an attribute, or a slice's prefix
-- gives  one row per (stage, sample_id): runs (ids, sorted), grouping (NULL: none told), has_retrieval, other_input,
--        other_expected (runs summarise it differently)
-- order  sample_id, stage
WITH told AS (
  SELECT run_id, stage, sample_id, coalesce(redacted, FALSE) AS redacted, retrieval, input_summary, expected_summary,
         CASE WHEN $group = 'batch' THEN batch_id
              ELSE coalesce(attributes ->> ('$."' || $group || '"'),
                            list_filter(slices, lambda s: starts_with(s, $group || '=') OR starts_with(s, $group || ':'))[1]) END AS grouping
  FROM samples WHERE list_contains($runs, run_id)
)
SELECT stage, sample_id, list_sort(list(DISTINCT run_id)) AS runs, min(grouping) AS grouping, bool_or(retrieval IS NOT NULL) AS has_retrieval,
       coalesce(min(input_summary) FILTER (NOT redacted) <> max(input_summary) FILTER (NOT redacted), FALSE) AS other_input,
       coalesce(min(expected_summary) FILTER (NOT redacted) <> max(expected_summary) FILTER (NOT redacted), FALSE) AS other_expected
FROM told
GROUP BY stage, sample_id
ORDER BY sample_id, stage
