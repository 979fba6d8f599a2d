-- mentions: which addresses does the evidence of the touched runs name, and between which times?
-- takes  temp table touched (run_id)
-- gives  temp table mentions: run_id, project, stage, operation, batch_id, first_at, last_at, captured_by, numbered
--        (whether any of it carries a producer's number)
CREATE OR REPLACE TEMP TABLE mentions AS
WITH told AS (
  SELECT run_id, project, stage, operation, batch_id, started_at AS first_at, coalesce(ended_at, started_at) AS last_at,
         coalesce(captured_by, scope_name) AS captured_by, seq
  FROM facts.spans SEMI JOIN touched USING (run_id) WHERE NOT shadowed
  UNION ALL
  SELECT run_id, project, stage, operation, batch_id, occurred_at, occurred_at, coalesce(captured_by, scope_name), seq
  FROM facts.records SEMI JOIN touched USING (run_id) WHERE NOT shadowed
  UNION ALL
  SELECT run_id, project, stage, operation, batch_id, occurred_at, occurred_at, coalesce(captured_by, scope_name), seq
  FROM facts.events SEMI JOIN touched USING (run_id) WHERE NOT shadowed
  UNION ALL
  SELECT run_id, project, stage, operation, batch_id, occurred_at, occurred_at, coalesce(captured_by, scope_name), seq
  FROM facts.metrics SEMI JOIN touched USING (run_id) WHERE NOT shadowed
  UNION ALL
  SELECT run_id, project, stage, operation, batch_id, occurred_at, occurred_at, coalesce(captured_by, scope_name), seq
  FROM facts.samples SEMI JOIN touched USING (run_id) WHERE NOT shadowed
)
SELECT run_id, project, stage, operation, batch_id, min(first_at) AS first_at, max(last_at) AS last_at,
       min(captured_by) AS captured_by, count(seq) > 0 AS numbered, count(seq) < count(*) AS unnumbered
FROM told GROUP BY run_id, project, stage, operation, batch_id;
