-- touch related: runs whose outcome or report another record is about.
-- takes  temp table staged, holding records
INSERT INTO store.dirty_runs
SELECT DISTINCT r.run_id FROM runs r JOIN (
  SELECT attributes ->> '$."contexta.deployment.source_run_id"' AS run_id FROM staged WHERE name = 'contexta.deployment'
  UNION SELECT attributes ->> '$."contexta.artifact.summarizes_run"' FROM staged WHERE name = 'contexta.artifact'
) USING (run_id);
