-- 0004: what can be concluded about how things are connected, though nobody said it.
--
-- First the small tables the rules read, computed from facts by derive/10_relations.sql; then one view per rule. All rule views give:
--   type, from_id, from_kind, to_id, to_kind   the edge it proposes
--   captured_by                                rule:NAME, the rule itself
--   evidence                                   from what, in words
--   occurred_at                                the time of the latest record it rests on; null where it rests on no single record
--   alternatives                               how many edges the same evidence fits equally well. Only where it is 1 the edge is believed and
--                                              stands in `relationships`; the others are told as ambiguous by `contexta lineage`
-- What each believes and why is in docs/lineage.md too.

CREATE TABLE store.artifact_uses (
  run_id VARCHAR, project VARCHAR, artifact_id VARCHAR NOT NULL, role VARCHAR NOT NULL, kind VARCHAR, path VARCHAR, name VARCHAR, version VARCHAR,
  digest VARCHAR, summarizes_run VARCHAR, derived_from VARCHAR[],
  captured_by VARCHAR, confidence VARCHAR NOT NULL, occurred_at TIMESTAMP_NS, fact_id UBIGINT NOT NULL
);
COMMENT ON TABLE store.artifact_uses IS 'One row per artifact record: which run made or read which artifact. digest: algorithm:hex of its content, null where that would prove nothing. name: of the data set, else the last part of the path.';

CREATE TABLE store.told_relations (
  run_id VARCHAR, type VARCHAR NOT NULL, from_id VARCHAR NOT NULL, from_kind VARCHAR, to_id VARCHAR NOT NULL, to_kind VARCHAR,
  captured_by VARCHAR, confidence VARCHAR NOT NULL, evidence VARCHAR, occurred_at TIMESTAMP_NS, fact_id UBIGINT NOT NULL, standing INTEGER NOT NULL
);
COMMENT ON TABLE store.told_relations IS 'Edges as told, one row per record that tells one. standing: 0 told as a relation, 1 said in passing by another record; run_id: the run that tells it, null for none.';

CREATE TABLE store.run_deployments (run_id VARCHAR NOT NULL, deployment_id VARCHAR NOT NULL, first_at TIMESTAMP_NS);
COMMENT ON TABLE store.run_deployments IS 'Runs whose telemetry came from the service of a deployment, by its resource.';

CREATE TABLE store.sample_sets (run_id VARCHAR NOT NULL, sample_set_id VARCHAR NOT NULL, sample_count BIGINT NOT NULL);
COMMENT ON TABLE store.sample_sets IS 'Which samples a run had: one id for the same sample ids within a project.';

-- Everything is computed again, for databases that were there before these tables. '' stands for what belongs to no run.
INSERT INTO store.dirty_runs SELECT run_id FROM store.runs UNION ALL SELECT '';

-- rule:same_sha256, rule:same_fingerprint
-- Believes: an artifact that some run only read, and whose bytes (or whose rows, for data in memory) are those of another artifact, is that one under
--   a second id. The link has no direction: what is true of one copy is true of the other.
-- Because: nobody finds two contents with one SHA-256. A fingerprint is a SHA-256 over the values.
-- Not where: the content is empty or the digest cannot be one (derive/10_relations.sql leaves those out); the same id was told with several digests;
--   both were produced: equal outputs of two runs do not make one come from the other. Several producers of the same content: ambiguous.
CREATE VIEW store.rule_same_content AS
WITH known AS (
  SELECT artifact_id, digest, split_part(digest, ':', 1) AS algorithm, bool_or(role = 'produced') AS made, min(occurred_at) AS first_at, max(occurred_at) AS last_at
  FROM store.artifact_uses WHERE digest IS NOT NULL GROUP BY artifact_id, digest
), counted AS (
  SELECT *, count(*) OVER (PARTITION BY artifact_id, algorithm) AS digests FROM known
), placed AS (
  SELECT *, count(*) FILTER (made) OVER (PARTITION BY digest) AS makers,
         row_number() OVER (PARTITION BY digest ORDER BY made DESC, first_at NULLS LAST, artifact_id) AS place
  FROM counted WHERE digests = 1
)
SELECT 'same_content' AS type, o.artifact_id AS from_id, 'artifact' AS from_kind, c.artifact_id AS to_id, 'artifact' AS to_kind,
       CASE o.algorithm WHEN 'sha256' THEN 'rule:same_sha256' ELSE 'rule:same_fingerprint' END AS captured_by,
       'both have ' || o.digest AS evidence, greatest(o.last_at, c.last_at) AS occurred_at, greatest(o.makers, 1) AS alternatives
FROM placed o JOIN placed c ON o.digest = c.digest AND o.artifact_id <> c.artifact_id
WHERE NOT c.made AND c.place > 1 AND CASE WHEN o.makers > 1 THEN o.made ELSE o.place = 1 END;

-- rule:consumed_artifact_id
-- Believes: a run that read an artifact which exactly one other run produced was fed by that run.
-- Because: both named the same artifact id. The way over the artifact itself is told; this is its summary from run to run.
-- Not where: several runs produced the id (ambiguous), or the reader is among them.
CREATE VIEW store.rule_consumed_artifact_id AS
WITH made AS (
  SELECT DISTINCT artifact_id, run_id FROM store.artifact_uses WHERE role = 'produced' AND run_id IS NOT NULL
), makers AS (
  SELECT *, count(*) OVER (PARTITION BY artifact_id) AS makers FROM made
), used AS (
  SELECT artifact_id, run_id, max(occurred_at) AS last_at FROM store.artifact_uses u
  WHERE role = 'consumed' AND run_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM made m WHERE m.artifact_id = u.artifact_id AND m.run_id = u.run_id)
  GROUP BY artifact_id, run_id
)
SELECT 'fed' AS type, m.run_id AS from_id, 'run' AS from_kind, u.run_id AS to_id, 'run' AS to_kind, 'rule:consumed_artifact_id' AS captured_by,
       'it read ' || min(u.artifact_id) || CASE WHEN count(*) > 1 THEN ' and ' || (count(*) - 1) || ' more' ELSE '' END || ', which this run produced' AS evidence,
       max(u.last_at) AS occurred_at, min(m.makers) AS alternatives
FROM used u JOIN makers m USING (artifact_id) GROUP BY m.run_id, u.run_id;

-- rule:declared_parent
-- Believes: a run that produced an artifact derived from another one has read that other one.
-- Because: the artifact's own record declares what it was derived from; it cannot be made from what was not read.
-- Not where: the run itself produced the parent; the artifact was produced by several runs (ambiguous: which of them read it?).
CREATE VIEW store.rule_declared_parent AS
WITH declared AS (
  SELECT DISTINCT run_id, artifact_id, occurred_at, unnest(derived_from) AS parent
  FROM store.artifact_uses WHERE role = 'produced' AND run_id IS NOT NULL AND derived_from IS NOT NULL
), makers AS (
  SELECT artifact_id, count(DISTINCT run_id) AS makers FROM store.artifact_uses WHERE role = 'produced' AND run_id IS NOT NULL GROUP BY artifact_id
)
SELECT 'consumed' AS type, d.run_id AS from_id, 'run' AS from_kind, d.parent AS to_id, 'artifact' AS to_kind, 'rule:declared_parent' AS captured_by,
       min(d.artifact_id) || ', which this run produced, was derived from it' AS evidence, max(d.occurred_at) AS occurred_at, min(m.makers) AS alternatives
FROM declared d JOIN makers m USING (artifact_id)
WHERE d.parent <> '' AND d.parent <> d.artifact_id
  AND NOT EXISTS (SELECT 1 FROM store.artifact_uses o WHERE o.role = 'produced' AND o.run_id = d.run_id AND o.artifact_id = d.parent)
GROUP BY d.run_id, d.parent;

-- rule:deployment_telemetry
-- Believes: a service (or a run) whose telemetry carries the Resource attribute deployment.id runs what was deployed under that id.
-- Because: the attribute is set where the service is started, for that deployment.
-- Not where: the service has no name, or only the name an SDK gives to one that was given none.
CREATE VIEW store.rule_deployment_telemetry AS
SELECT 'serves' AS type, service_name AS from_id, 'service' AS from_kind, deployment_id AS to_id, 'deployment' AS to_kind, 'rule:deployment_telemetry' AS captured_by,
       'its telemetry carries deployment.id ' || deployment_id AS evidence, NULL::TIMESTAMP_NS AS occurred_at, 1 AS alternatives
FROM facts.resources
WHERE deployment_id <> '' AND service_name <> '' AND NOT starts_with(service_name, 'unknown_service')
GROUP BY service_name, deployment_id
UNION ALL
SELECT 'ran_in', run_id, 'run', deployment_id, 'deployment', 'rule:deployment_telemetry',
       'its telemetry carries deployment.id ' || deployment_id, first_at, 1
FROM store.run_deployments;

-- rule:same_samples
-- Believes: evaluations of one project over the very same sample ids were over the same set of samples.
-- Because: ids of samples are stable where people compare runs by them. The set is a node of its own, named after its ids.
-- Not where: a run has fewer than two samples (derive/10_relations.sql), or no project. A run whose samples came only in part has another set, or none.
CREATE VIEW store.rule_same_samples AS
SELECT 'evaluated_on' AS type, run_id AS from_id, 'run' AS from_kind, sample_set_id AS to_id, 'sample_set' AS to_kind, 'rule:same_samples' AS captured_by,
       'it has the ' || sample_count || ' sample ids of this set' AS evidence, NULL::TIMESTAMP_NS AS occurred_at, 1 AS alternatives
FROM store.sample_sets;

-- rule:same_name, the weakest
-- Believes: an artifact that some run only read is one that a run of the same project had produced under the same name before.
-- Because: people name files and data sets for what they are; with the project, the name and the version it can only be this one.
-- Not where: the name is a generic one (model.pkl, data.csv, checkpoint-3.pt …) or shorter than 4 letters; versions differ, or digests, or there is no
--   project; it was produced only later. Several producers of the name: ambiguous.
CREATE VIEW store.rule_same_name AS
WITH named AS (
  SELECT *, regexp_replace(lower(name), '\.(tar\.)?[a-z0-9]{1,12}$', '') AS stem FROM store.artifact_uses WHERE name IS NOT NULL AND project IS NOT NULL
), specific AS (
  SELECT * FROM named
  WHERE length(regexp_replace(stem, '[^a-z]', '', 'g')) >= 4
    AND NOT regexp_full_match(stem, '(my|the|final|best|last|latest|new|old|current|pytorch|saved|trained|raw|clean|processed|full|test|train|training|dev|val|valid|validation|eval|evaluation'
      || '|tmp|temp|output|input|model|models|data|dataset|datasets|checkpoint|ckpt|weights|state|dict|config|configuration|settings|params|parameters|report|reports|result|results|metric|metrics'
      || '|feature|features|label|labels|target|index|vocab|tokenizer|prediction|predictions|sample|samples|split|fold|epoch|step|batch|run|version|v|artifact|artifacts|file|part|bundle|snapshot'
      || '|export|package|main|pipeline|classifier|regressor|encoder|scaler|readme|requirements|[0-9]+|[-_.=+ ])+')
), read_only AS (
  SELECT artifact_id, project, name, version, min(digest) AS digest, max(occurred_at) AS last_at, min(occurred_at) AS first_at
  FROM specific u WHERE role = 'consumed' AND NOT EXISTS (SELECT 1 FROM store.artifact_uses p WHERE p.role = 'produced' AND p.artifact_id = u.artifact_id)
  GROUP BY artifact_id, project, name, version
), made AS (
  SELECT artifact_id, project, name, version, run_id, min(digest) AS digest, min(occurred_at) AS made_at
  FROM specific WHERE role = 'produced' GROUP BY artifact_id, project, name, version, run_id
), fitting AS (
  SELECT m.artifact_id AS from_id, r.artifact_id AS to_id, r.project, r.name, r.last_at, count(*) OVER (PARTITION BY r.artifact_id) AS alternatives
  FROM read_only r JOIN made m ON m.project = r.project AND m.name = r.name
  WHERE coalesce(m.version = r.version, true) AND coalesce(m.digest = r.digest, true) AND coalesce(m.made_at <= r.first_at, true)
)
SELECT 'same_name' AS type, from_id, 'artifact' AS from_kind, to_id, 'artifact' AS to_kind, 'rule:same_name' AS captured_by,
       'both are called ' || min(name) || ' in project ' || min(project) AS evidence, max(last_at) AS occurred_at, max(alternatives) AS alternatives
FROM fitting GROUP BY from_id, to_id;

-- Everything the rules propose, believed or not.
CREATE VIEW store.inferred_relations AS
SELECT * FROM store.rule_same_content
UNION ALL SELECT * FROM store.rule_consumed_artifact_id
UNION ALL SELECT * FROM store.rule_declared_parent
UNION ALL SELECT * FROM store.rule_deployment_telemetry
UNION ALL SELECT * FROM store.rule_same_samples
UNION ALL SELECT * FROM store.rule_same_name;
