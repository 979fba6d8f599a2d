-- touch related spans: runs whose outcome a deployment span is about; like touch_related, for the other carrier; and '', for what no run tells.
-- takes  temp view staged, holding spans; facts.spans with them in it
INSERT INTO store.dirty_runs
SELECT DISTINCT r.run_id FROM store.runs r JOIN (
  SELECT f.attributes ->> '$."contexta.deployment.source_run_id"' AS run_id
  FROM facts.spans f SEMI JOIN (FROM staged WHERE evidence_kind = 'deployment') s ON s.deployment_id = f.deployment_id
  WHERE f.evidence_kind = 'deployment'
) USING (run_id)
UNION ALL
SELECT DISTINCT '' FROM staged WHERE run_id IS NULL AND evidence_kind = 'deployment';
