-- mentioned operations: operations that evidence names, with no span of their own.
-- takes  temp tables touched, mentions
DELETE FROM store.mentioned_operations WHERE run_id IN (SELECT run_id FROM touched);
INSERT INTO store.mentioned_operations
SELECT run_id, stage, operation, min(first_at), min(captured_by)
FROM mentions m
WHERE operation IS NOT NULL AND NOT EXISTS (
  SELECT 1 FROM facts.spans s
  WHERE s.run_id = m.run_id AND s.operation = m.operation AND s.stage IS NOT DISTINCT FROM m.stage
    AND s.evidence_kind = 'operation' AND NOT s.shadowed)
GROUP BY run_id, stage, operation;
