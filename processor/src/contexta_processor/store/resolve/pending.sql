-- pending: does anything in the touched traces still wait for (part of) its address?
-- takes  temp table touched_traces (trace_id)
-- gives  one row: spans, others (1 or 0 each)
SELECT
  (SELECT count(*) FROM (SELECT 1 FROM facts.spans SEMI JOIN touched_traces USING (trace_id)
    WHERE NOT addressed AND claim IS DISTINCT FROM 'span' LIMIT 1)) AS spans,
  (SELECT count(*) FROM (
    SELECT 1 FROM facts.events SEMI JOIN touched_traces USING (trace_id) WHERE NOT addressed AND claim IS DISTINCT FROM 'span'
    UNION ALL SELECT 1 FROM facts.records SEMI JOIN touched_traces USING (trace_id) WHERE NOT addressed AND claim IS DISTINCT FROM 'span'
    UNION ALL SELECT 1 FROM facts.metrics SEMI JOIN touched_traces USING (trace_id) WHERE NOT addressed AND claim IS DISTINCT FROM 'span'
    UNION ALL SELECT 1 FROM facts.samples SEMI JOIN touched_traces USING (trace_id) WHERE NOT addressed AND claim IS DISTINCT FROM 'span'
    LIMIT 1)) AS others;
