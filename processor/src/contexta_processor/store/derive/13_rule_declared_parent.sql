-- rule:declared_parent
-- Believes: a run that produced an artifact derived from another one has read that other one.
-- Because: the artifact's own record declares what it was derived from; it cannot be made from what was not read.
-- Not where: the run itself produced the parent; the artifact was produced by several runs (ambiguous: which of them read it?).
-- takes  temp tables touched_uses, uses
DELETE FROM store.rule_edges WHERE captured_by = 'rule:declared_parent' AND rule_key IN (SELECT artifact_id FROM touched_uses);
INSERT INTO store.rule_edges
WITH mine AS (
  SELECT * FROM uses WHERE role = 'produced' AND run_id IS NOT NULL AND artifact_id IN (SELECT artifact_id FROM touched_uses)
), declared AS (
  SELECT run_id, artifact_id, parent, max(occurred_at) AS last_at
  FROM (SELECT run_id, artifact_id, occurred_at, unnest(derived_from) AS parent FROM mine WHERE derived_from IS NOT NULL)
  GROUP BY run_id, artifact_id, parent
), makers AS (
  SELECT artifact_id, count(DISTINCT run_id) AS makers FROM mine GROUP BY artifact_id
)
SELECT d.artifact_id, 'consumed', d.run_id, 'run', d.parent, 'artifact', 'rule:declared_parent',
       d.artifact_id || ', which this run produced, was derived from it', d.last_at, m.makers
FROM declared d JOIN makers m USING (artifact_id)
WHERE d.parent <> '' AND d.parent <> d.artifact_id
  AND NOT EXISTS (SELECT 1 FROM store.artifact_uses o WHERE o.role = 'produced' AND o.run_id = d.run_id AND o.artifact_id = d.parent);
