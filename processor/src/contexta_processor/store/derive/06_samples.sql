-- samples: one row per sample of the touched runs, merged from sample events and sample spans.
-- takes  temp table touched
-- rules  each field as last told; slices are the union; a score as last told
CREATE OR REPLACE TEMP TABLE told_samples AS
SELECT run_id, stage, batch_id, sample_id, slices, status, input_summary, output_summary, expected_summary, failure_tags, redacted,
       top_document_ids, expected_document_id, score_names, score_values, attributes, occurred_at, fact_id,
       coalesce(captured_by, scope_name) AS captured_by, claim
FROM facts.samples SEMI JOIN touched USING (run_id) WHERE NOT shadowed AND sample_id IS NOT NULL
UNION ALL
SELECT run_id, stage, batch_id, sample_id, slices,
       coalesce(attributes ->> '$."contexta.sample.status"', CASE WHEN status = 'error' THEN 'error' END),
       attributes ->> '$."contexta.sample.input_summary"', attributes ->> '$."contexta.sample.output_summary"',
       attributes ->> '$."contexta.sample.expected_summary"',
       CASE WHEN json_type(attributes -> '$."contexta.sample.failure_tags"') = 'ARRAY' THEN from_json(attributes -> '$."contexta.sample.failure_tags"', '["VARCHAR"]') END,
       try_cast(attributes ->> '$."contexta.sample.redacted"' AS BOOLEAN),
       CASE WHEN json_type(attributes -> '$."contexta.sample.retrieval.top_document_ids"') = 'ARRAY'
            THEN from_json(attributes -> '$."contexta.sample.retrieval.top_document_ids"', '["VARCHAR"]') END,
       attributes ->> '$."contexta.sample.retrieval.expected_document_id"',
       list_transform(list_filter(json_keys(attributes), lambda k: starts_with(k, 'contexta.sample.score.')), lambda k: substr(k, length('contexta.sample.score.') + 1)),
       list_transform(list_filter(json_keys(attributes), lambda k: starts_with(k, 'contexta.sample.score.')), lambda k: try_cast(attributes ->> ('$."' || k || '"') AS DOUBLE)),
       '{}', ended_at, fact_id, coalesce(captured_by, scope_name), claim
FROM facts.spans SEMI JOIN touched USING (run_id) WHERE evidence_kind = 'sample' AND NOT shadowed AND sample_id IS NOT NULL;

DELETE FROM samples WHERE run_id IN (SELECT run_id FROM touched);
INSERT INTO samples
WITH united AS (
  SELECT run_id, sample_id, list_sort(list_distinct(list(slice))) AS slices
  FROM (SELECT run_id, sample_id, unnest(slices) AS slice FROM told_samples) GROUP BY run_id, sample_id
), ranked AS (
  SELECT run_id, sample_id,
         first_value(stage IGNORE NULLS) OVER w AS stage, first_value(batch_id IGNORE NULLS) OVER w AS batch_id,
         first_value(input_summary IGNORE NULLS) OVER w AS input_summary, first_value(output_summary IGNORE NULLS) OVER w AS output_summary,
         first_value(expected_summary IGNORE NULLS) OVER w AS expected_summary, first_value(status IGNORE NULLS) OVER w AS status,
         first_value(failure_tags IGNORE NULLS) OVER w AS failure_tags, first_value(redacted IGNORE NULLS) OVER w AS redacted,
         first_value(top_document_ids IGNORE NULLS) OVER w AS top_document_ids,
         first_value(expected_document_id IGNORE NULLS) OVER w AS expected_document_id,
         first_value(CASE WHEN attributes <> '{}' THEN attributes END IGNORE NULLS) OVER w AS attributes,
         min(occurred_at) OVER w AS occurred_at, captured_by, claim,
         row_number() OVER (PARTITION BY run_id, sample_id ORDER BY occurred_at DESC NULLS LAST, fact_id) AS place
  FROM told_samples
  WINDOW w AS (PARTITION BY run_id, sample_id ORDER BY occurred_at DESC NULLS LAST, fact_id
               ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
)
SELECT r.run_id, stage, batch_id, r.sample_id, u.slices, input_summary, output_summary, expected_summary, status, failure_tags, redacted,
       CASE WHEN top_document_ids IS NOT NULL OR expected_document_id IS NOT NULL
            THEN json_object('top_document_ids', top_document_ids, 'expected_document_id', expected_document_id) END,
       coalesce(attributes, '{}'), occurred_at,
       CASE WHEN redacted THEN 'partial' ELSE 'complete' END, captured_by,
       CASE claim WHEN 'trace' THEN 'inferred' ELSE 'direct' END
FROM ranked r LEFT JOIN united u ON u.run_id = r.run_id AND u.sample_id = r.sample_id
WHERE place = 1;

DELETE FROM sample_scores WHERE run_id IN (SELECT run_id FROM touched);
INSERT INTO sample_scores
SELECT run_id, stage, batch_id, sample_id, score_name, value, captured_by, CASE claim WHEN 'trace' THEN 'inferred' ELSE 'direct' END
FROM (
  SELECT *, row_number() OVER (PARTITION BY run_id, sample_id, score_name ORDER BY occurred_at DESC NULLS LAST, fact_id) AS place
  FROM (SELECT run_id, stage, batch_id, sample_id, unnest(score_names) AS score_name, unnest(score_values) AS value,
               occurred_at, fact_id, captured_by, claim FROM told_samples)
) WHERE place = 1;

DELETE FROM sample_slices WHERE run_id IN (SELECT run_id FROM touched);
INSERT INTO sample_slices
SELECT run_id, sample_id, unnest(slices) AS slice, captured_by, confidence
FROM samples SEMI JOIN touched USING (run_id) WHERE slices IS NOT NULL;
