-- claim: a row without a run, in a trace that holds exactly one run, is taken to belong to it (inferred);
-- with two runs in the trace it belongs to none.
-- takes  temp table touched_traces; {table}
-- gives  a row for each changed one
UPDATE facts.{table} AS c SET run_id = r.run_id, claim = CASE WHEN r.run_id IS NULL THEN NULL ELSE 'trace' END
FROM (
  SELECT trace_id, CASE WHEN min(run_id) = max(run_id) THEN min(run_id) END AS run_id
  FROM (
    SELECT trace_id, run_id FROM facts.spans SEMI JOIN touched_traces USING (trace_id)
    WHERE run_id IS NOT NULL AND claim IS DISTINCT FROM 'trace'
    UNION ALL
    SELECT trace_id, run_id FROM facts.records SEMI JOIN touched_traces USING (trace_id)
    WHERE run_id IS NOT NULL AND claim IS DISTINCT FROM 'trace'
  )
  GROUP BY trace_id
) AS r
WHERE c.trace_id = r.trace_id AND NOT c.addressed AND (c.run_id IS NULL OR c.claim = 'trace')
  AND c.claim IS DISTINCT FROM 'span' AND c.run_id IS DISTINCT FROM r.run_id
RETURNING 1;
