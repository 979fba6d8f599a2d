-- touch related: runs whose outcome, report or checked artifact another record is about, by what it says now and what was said before; and '', for what no
-- run tells.
-- takes  temp view staged, holding records; facts.records with them in it
INSERT INTO store.dirty_runs
SELECT DISTINCT r.run_id FROM store.runs r JOIN (
  SELECT f.attributes ->> '$."contexta.deployment.source_run_id"' AS run_id
  FROM facts.records f SEMI JOIN staged s ON s.deployment_id = f.deployment_id WHERE f.name = 'contexta.deployment'
  UNION SELECT attributes ->> '$."contexta.artifact.summarizes_run"' FROM staged WHERE name = 'contexta.artifact'
  UNION SELECT f.run_id FROM facts.records f SEMI JOIN (FROM staged WHERE name = 'contexta.verification') s
    ON (s.attributes ->> '$."contexta.artifact.id"') = (f.attributes ->> '$."contexta.artifact.id"')
  WHERE f.name = 'contexta.verification'
) USING (run_id)
UNION ALL
SELECT DISTINCT '' FROM staged WHERE run_id IS NULL AND name IN ('contexta.artifact', 'contexta.relation', 'contexta.deployment', 'contexta.promotion');
