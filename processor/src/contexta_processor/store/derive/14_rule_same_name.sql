-- rule:same_name, the weakest
-- Believes: an artifact that some run only read is one that a run of the same project had produced under the same name before.
-- Because: people name files and data sets for what they are; with the project, the name and the version it can only be this one.
-- Not where: the name is a generic one (model.pkl, data.csv, checkpoint-3.pt …) or shorter than 4 letters (10_relations.sql leaves those out); versions
--   differ, or digests, or there is no project; it was produced only later. Several producers of the name: ambiguous; of a name that more than 20 were
--   produced under nothing is said.
-- takes  temp tables touched_uses, uses
DELETE FROM store.rule_edges WHERE captured_by = 'rule:same_name' AND rule_key IN (SELECT project || chr(31) || name FROM touched_uses);
INSERT INTO store.rule_edges
WITH named AS (
  SELECT * FROM uses WHERE project || chr(31) || name IN (SELECT project || chr(31) || name FROM touched_uses)
), read_only AS (
  SELECT artifact_id, project, name, version, min(digest) AS digest, max(occurred_at) AS last_at, min(occurred_at) AS first_at
  FROM named n WHERE role = 'consumed' AND NOT EXISTS (SELECT 1 FROM uses p WHERE p.role = 'produced' AND p.artifact_id = n.artifact_id)
  GROUP BY artifact_id, project, name, version
), made AS (
  SELECT artifact_id, project, name, version, run_id, min(digest) AS digest, min(occurred_at) AS made_at,
         count(*) OVER (PARTITION BY project, name) AS under_it
  FROM named WHERE role = 'produced' GROUP BY artifact_id, project, name, version, run_id
), fitting AS (
  SELECT r.project, r.name, m.artifact_id AS from_id, r.artifact_id AS to_id, r.last_at, count(*) OVER (PARTITION BY r.artifact_id, r.project, r.name) AS alternatives
  FROM read_only r JOIN made m ON m.project = r.project AND m.name = r.name
  WHERE m.under_it <= 20 AND coalesce(m.version = r.version, true) AND coalesce(m.digest = r.digest, true) AND coalesce(m.made_at <= r.first_at, true)
)
SELECT project || chr(31) || name, 'same_name', from_id, 'artifact', to_id, 'artifact', 'rule:same_name',
       'both are called ' || name || ' in project ' || project, max(last_at), max(alternatives)
FROM fitting GROUP BY project, name, from_id, to_id;
