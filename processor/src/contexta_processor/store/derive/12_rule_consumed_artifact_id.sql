-- rule:consumed_artifact_id
-- Believes: a run that read an artifact which exactly one other run produced was fed by that run.
-- Because: both named the same artifact id. The way over the artifact itself is told; this is its summary from run to run.
-- Not where: several runs produced the id (ambiguous; at most 5 of them are listed), or the reader is among them.
-- takes  temp tables touched_uses, uses
DELETE FROM store.rule_edges WHERE captured_by = 'rule:consumed_artifact_id' AND rule_key IN (SELECT artifact_id FROM touched_uses);
INSERT INTO store.rule_edges
WITH mine AS (
  SELECT * FROM uses WHERE run_id IS NOT NULL AND artifact_id IN (SELECT artifact_id FROM touched_uses)
), made AS (
  SELECT DISTINCT artifact_id, run_id FROM mine WHERE role = 'produced'
), makers AS (
  SELECT *, count(*) OVER (PARTITION BY artifact_id) AS makers, row_number() OVER (PARTITION BY artifact_id ORDER BY run_id) AS place FROM made
), used AS (
  SELECT artifact_id, run_id, max(occurred_at) AS last_at FROM mine u
  WHERE role = 'consumed' AND NOT EXISTS (SELECT 1 FROM made m WHERE m.artifact_id = u.artifact_id AND m.run_id = u.run_id)
  GROUP BY artifact_id, run_id
)
SELECT u.artifact_id, 'fed', m.run_id, 'run', u.run_id, 'run', 'rule:consumed_artifact_id',
       'it read ' || u.artifact_id || ', which this run produced', u.last_at, m.makers
FROM used u JOIN makers m USING (artifact_id) WHERE m.place <= 5;
