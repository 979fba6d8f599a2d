-- processor markers: what the processor itself can prove to be missing, cut or contradictory in the touched runs.
-- takes  temp tables touched; runs, stages, producers as just computed
-- While a run is running, numbers may still be on their way: gaps are marked once it has ended.
DELETE FROM store.processor_markers WHERE run_id IN (SELECT run_id FROM touched);
INSERT INTO store.processor_markers
WITH mine AS (SELECT r.* FROM store.runs r SEMI JOIN touched USING (run_id)),
ended AS (SELECT run_id, coalesce(ended_at, last_seen_at) AS at FROM mine WHERE status <> 'running')
SELECT p.run_id, NULL, p.producer_id, 'evidence_missing', 'transport', 'error',
       p.missing_count || ' of ' || (p.received_count + p.missing_count) || ' numbered items never arrived',
       'look for drops between the job and this processor; a spool that was not delivered yet may still bring them',
       p.received_count + p.missing_count, p.received_count, e.at
FROM producers p JOIN ended e USING (run_id) WHERE p.missing_count > 0
UNION ALL
SELECT p.run_id, NULL, p.producer_id, 'producer_not_closed', 'interruption', 'warning',
       'the producer never said how much it sent, so losses at its end cannot be seen', NULL, NULL, NULL, e.at
FROM producers p JOIN ended e USING (run_id) WHERE NOT p.closed AND p.last_seq IS NOT NULL
UNION ALL
SELECT p.run_id, NULL, p.producer_id, 'producer_dropped_evidence', 'capture', 'error',
       'the producer dropped ' || p.dropped_count || ' items before sending', NULL, NULL, NULL, p.last_seen_at
FROM producers p SEMI JOIN touched USING (run_id) WHERE p.dropped_count > 0
UNION ALL
SELECT m.run_id, NULL, m.run_id, 'run_span_missing', 'capture', 'warning',
       'evidence names this run, but neither its start nor its end was received', NULL, NULL, NULL, m.last_seen_at
FROM mine m WHERE m.status = 'unknown'
UNION ALL
SELECT s.run_id, s.stage, s.stage, 'stage_span_missing', 'capture', 'warning',
       'evidence names this stage, but its span was not received', NULL, NULL, NULL, e.at
FROM store.stages s JOIN ended e USING (run_id) WHERE s.status = 'unknown'
UNION ALL
SELECT run_id, stage, name, 'span_content_dropped', 'capture', 'warning',
       'the SDK dropped ' || sum(dropped_attributes) || ' attributes, ' || sum(dropped_events) || ' events and ' || sum(dropped_links) || ' links of ' || count(*) || ' spans',
       'raise OTEL_SPAN_EVENT_COUNT_LIMIT, OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT or OTEL_SPAN_LINK_COUNT_LIMIT', NULL, NULL, max(ended_at)
FROM facts.spans SEMI JOIN touched USING (run_id)
WHERE NOT shadowed AND (dropped_attributes > 0 OR dropped_events > 0 OR dropped_links > 0) GROUP BY run_id, stage, name
UNION ALL
SELECT run_id, stage, name, 'event_content_dropped', 'capture', 'warning',
       'the SDK dropped ' || sum(dropped_attributes) || ' attributes of ' || count(*) || ' events', NULL, NULL, NULL, max(occurred_at)
FROM (
  SELECT run_id, stage, name, dropped_attributes, occurred_at FROM facts.events WHERE NOT shadowed AND dropped_attributes > 0
  UNION ALL SELECT run_id, stage, name, dropped_attributes, occurred_at FROM facts.records WHERE NOT shadowed AND dropped_attributes > 0
  UNION ALL SELECT run_id, stage, name, dropped_attributes, occurred_at FROM facts.metrics WHERE NOT shadowed AND dropped_attributes > 0
  UNION ALL SELECT run_id, stage, 'contexta.sample', dropped_attributes, occurred_at FROM facts.samples WHERE NOT shadowed AND dropped_attributes > 0
) SEMI JOIN touched USING (run_id) GROUP BY run_id, stage, name
UNION ALL
SELECT s.run_id, s.stage, s.name, 'conflicting_copies', 'transport', 'warning',
       count(*) || ' spans arrived twice with different content; the fuller copy is shown', NULL, NULL, NULL, max(s.ended_at)
FROM facts.spans s JOIN facts.spans o ON o.run_id = s.run_id AND o.trace_id = s.trace_id AND o.span_id = s.span_id AND NOT o.shadowed
SEMI JOIN touched ON touched.run_id = s.run_id
WHERE s.shadowed AND (s.attributes IS DISTINCT FROM o.attributes OR s.ended_at IS DISTINCT FROM o.ended_at
                      OR s.started_at IS DISTINCT FROM o.started_at OR s.status <> o.status OR s.name <> o.name)
GROUP BY s.run_id, s.stage, s.name
UNION ALL
SELECT c.run_id, c.stage, c.name, 'parent_span_missing', 'transport', 'warning',
       count(*) || ' spans have a parent that never arrived', NULL, NULL, NULL, max(c.ended_at)
FROM facts.spans c JOIN ended e ON e.run_id = c.run_id
WHERE NOT c.shadowed AND c.parent_span_id IS NOT NULL AND c.evidence_kind IS DISTINCT FROM 'run' AND c.addressed
  AND NOT EXISTS (SELECT 1 FROM facts.spans p WHERE p.trace_id = c.trace_id AND p.span_id = c.parent_span_id)
GROUP BY c.run_id, c.stage, c.name
UNION ALL
SELECT t.run_id, NULL, q.reason, CASE WHEN q.rejected THEN 'evidence_set_aside' ELSE 'evidence_mended' END, 'transport',
       CASE WHEN q.rejected THEN 'error' ELSE 'warning' END,
       sum(coalesce(q.item_count, 1)) || CASE WHEN q.rejected THEN ' items could not be taken (' ELSE ' items were mended and taken (' END || q.reason || ')',
       'contexta sql "select * from quarantine"', NULL, NULL, NULL
FROM quarantine q, touched t WHERE list_contains(q.run_ids, t.run_id) GROUP BY t.run_id, q.reason, q.rejected;
