-- touch related spans: runs whose outcome a deployment span is about; like touch_related, for the other carrier.
-- takes  temp view staged, holding spans
INSERT INTO store.dirty_runs
SELECT DISTINCT r.run_id FROM runs r JOIN (
  SELECT attributes ->> '$."contexta.deployment.source_run_id"' AS run_id FROM staged WHERE evidence_kind = 'deployment'
) USING (run_id);
