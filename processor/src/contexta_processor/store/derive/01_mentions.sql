-- mentions: which addresses does the evidence of the touched runs name, who told it, and between which times?
-- takes  temp table touched (run_id)
-- gives  temp table mentions: run_id, project, stage, operation, batch_id, producer_id, first_at, last_at, captured_by,
--        numbered, unnumbered (whether any of it does, or does not, carry a producer's number), first_seq, last_seq,
--        received_count (items; a packed series is one), resource_id, measured (whether metrics, events or operations are among it)
-- The files after this one read it instead of the facts: it is the one scan of everything a touched run has.
CREATE OR REPLACE TEMP TABLE mentions AS
WITH told AS (
  SELECT run_id, project, stage, operation, batch_id, producer_id, started_at AS first_at, coalesce(ended_at, started_at) AS last_at,
         coalesce(captured_by, scope_name) AS captured_by, seq, resource_id, 0 AS series_index, coalesce(evidence_kind = 'operation', false) AS measured
  FROM facts.spans SEMI JOIN touched USING (run_id) WHERE NOT shadowed
  UNION ALL
  SELECT run_id, project, stage, operation, batch_id, producer_id, occurred_at,
         -- A check of its artifacts, made later by somebody else, is no sign that the run lives.
         CASE WHEN name = 'contexta.verification'
                OR (name = 'contexta.degraded' AND coalesce(attributes ->> '$."contexta.degraded.category"', '') = 'verification')
                OR (name = 'contexta.ledger' AND (attributes ->> '$."contexta.ledger.verification_count"') IS NOT NULL)
              THEN NULL ELSE occurred_at END,
         coalesce(captured_by, scope_name), seq, resource_id, 0, false
  FROM facts.records SEMI JOIN touched USING (run_id) WHERE NOT shadowed
  UNION ALL
  SELECT run_id, project, stage, operation, batch_id, producer_id, occurred_at, occurred_at, coalesce(captured_by, scope_name), seq, resource_id, 0, true
  FROM facts.events SEMI JOIN touched USING (run_id) WHERE NOT shadowed
  UNION ALL
  SELECT run_id, project, stage, operation, batch_id, producer_id, occurred_at, occurred_at, coalesce(captured_by, scope_name), seq, resource_id,
         coalesce(series_index, 0), true
  FROM facts.metrics SEMI JOIN touched USING (run_id) WHERE NOT shadowed
  UNION ALL
  SELECT run_id, project, stage, operation, batch_id, producer_id, occurred_at, occurred_at, coalesce(captured_by, scope_name), seq, resource_id, 0, false
  FROM facts.samples SEMI JOIN touched USING (run_id) WHERE NOT shadowed
)
SELECT run_id, project, stage, operation, batch_id, producer_id, min(first_at) AS first_at, max(last_at) AS last_at,
       min(captured_by) AS captured_by, count(seq) > 0 AS numbered, count(seq) < count(*) AS unnumbered,
       min(seq) AS first_seq, max(seq) AS last_seq, count(*) FILTER (series_index = 0) AS received_count, min(resource_id) AS resource_id,
       bool_or(measured) AS measured
FROM told GROUP BY run_id, project, stage, operation, batch_id, producer_id;
