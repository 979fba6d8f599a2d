-- samples/sides: what do two runs say of the samples of a comparison?
-- takes  $baseline, $candidate  run ids; $ids  sample ids
-- gives  one row per (run_id, stage, sample_id): slices, failure_tags, input_summary, expected_summary, output_summary, redacted
--        (in any batch), score_names and score_values (two lists of one length)
-- order  sample_id, stage, run_id
--
-- Told in several batches of a stage it is one sample, as in compare: scores are averaged, of texts the first batch's is taken.
WITH asked AS (
  SELECT unnest($ids::VARCHAR[]) AS sample_id
), told AS (
  SELECT run_id, stage, sample_id, list_distinct(flatten(list(coalesce(slices, [])))) AS slices,
         list_distinct(flatten(list(coalesce(failure_tags, [])))) AS failure_tags,
         list(input_summary ORDER BY batch_id) FILTER (input_summary IS NOT NULL)[1] AS input_summary,
         list(expected_summary ORDER BY batch_id) FILTER (expected_summary IS NOT NULL)[1] AS expected_summary,
         list(output_summary ORDER BY batch_id) FILTER (output_summary IS NOT NULL)[1] AS output_summary,
         coalesce(bool_or(redacted), false) AS redacted
  FROM samples WHERE run_id IN ($baseline, $candidate) AND sample_id IN (SELECT sample_id FROM asked)
  GROUP BY run_id, stage, sample_id
), scored AS (
  SELECT run_id, stage, sample_id, score_name, list_avg(list(value ORDER BY value)) AS value
  FROM (
    SELECT run_id, stage, sample_id, score_name, value FROM sample_scores
    WHERE run_id IN ($baseline, $candidate) AND sample_id IN (SELECT sample_id FROM asked)
    UNION ALL
    SELECT run_id, stage, sample_id, name, value FROM metrics
    WHERE run_id IN ($baseline, $candidate) AND scope = 'sample' AND sample_id IN (SELECT sample_id FROM asked)
  )
  WHERE value IS NOT NULL
  GROUP BY run_id, stage, sample_id, score_name
), listed AS (
  SELECT run_id, stage, sample_id, list(score_name ORDER BY score_name) AS score_names, list(value ORDER BY score_name) AS score_values
  FROM scored GROUP BY run_id, stage, sample_id
)
SELECT t.*, l.score_names, l.score_values
FROM told t LEFT JOIN listed l
  ON l.run_id = t.run_id AND l.sample_id = t.sample_id AND l.stage IS NOT DISTINCT FROM t.stage
ORDER BY t.sample_id, t.stage, t.run_id
