-- records: what happened in a run: events, metric values, spans and degraded markers in one line of time.
-- takes  $run_id; $type (event, metric, span, degraded_marker) and $stage, NULL for any; $limit (NULL for all)
-- gives  one row per record; columns that a type does not have are NULL; total (how many fit before the limit)
-- order  time (those without one last), type, name, then everything that tells two records apart
-- Spans that only carry evidence of a scope still open (segments) are transport, not records.
WITH picked AS (
  SELECT 'event' AS type, stage, name, occurred_at, operation, batch_id, sample_id, severity, attributes::VARCHAR AS attributes,
         trace_id, span_id, captured_by, confidence,
         NULL::VARCHAR AS scope, NULL::VARCHAR AS slice, NULL::DOUBLE AS value, NULL::VARCHAR AS unit, NULL::BIGINT AS step,
         NULL::DOUBLE AS epoch, NULL::VARCHAR AS aggregation, NULL::BOOLEAN AS higher_is_better,
         NULL::DOUBLE AS duration_ms, NULL::VARCHAR AS kind, NULL::VARCHAR AS status, NULL::VARCHAR AS error_type,
         NULL::VARCHAR AS parent_span_id, NULL::VARCHAR AS reason, NULL::VARCHAR AS category, NULL::VARCHAR AS subject,
         NULL::VARCHAR AS detail, NULL::VARCHAR AS remedy, NULL::BIGINT AS expected_count, NULL::BIGINT AS observed_count,
         NULL::VARCHAR AS detected_by
  FROM events WHERE run_id = $run_id AND ($type IS NULL OR $type = 'event')
  UNION ALL BY NAME
  SELECT 'metric' AS type, stage, name, occurred_at, operation, batch_id, sample_id, scope, slice, value, unit, step, epoch,
         aggregation, higher_is_better, captured_by, confidence
  FROM metrics WHERE run_id = $run_id AND ($type IS NULL OR $type = 'metric')
  UNION ALL BY NAME
  SELECT 'span' AS type, stage, name, started_at AS occurred_at,
         CASE WHEN evidence_kind IS NULL OR evidence_kind = 'operation' THEN coalesce(operation, name) ELSE operation END AS operation,
         batch_id, sample_id, duration_ms, coalesce(evidence_kind, 'span') AS kind, status, error_type,
         trace_id, span_id, parent_span_id, captured_by, confidence
  FROM spans WHERE run_id = $run_id AND ($type IS NULL OR $type = 'span') AND evidence_kind IS DISTINCT FROM 'segment'
  UNION ALL BY NAME
  SELECT 'degraded_marker' AS type, stage, occurred_at, reason, severity, category, subject, detail, remedy,
         expected_count, observed_count, detected_by, captured_by, confidence
  FROM degraded_markers WHERE run_id = $run_id AND ($type IS NULL OR $type = 'degraded_marker')
)
SELECT *, count(*) OVER () AS total
FROM picked
WHERE $stage IS NULL OR stage = $stage
ORDER BY occurred_at NULLS LAST, type, coalesce(name, reason), stage, operation, slice, batch_id, sample_id, step, span_id,
         value, unit, aggregation, subject, detail, attributes, captured_by
LIMIT coalesce($limit, 9223372036854775807)
