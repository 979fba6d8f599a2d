-- 0004: what can be concluded about how things are connected, though nobody said it.
--
-- First the small tables that hold what was told, and what rules conclude from it, computed from facts for what changed (derive/10_relations.sql and
-- after); then the rules that are cheap enough to be views. One file or view per rule:
--   rule:same_sha256, rule:same_fingerprint   derive/11_rule_same_content.sql
--   rule:equal_outputs                        derive/11_rule_same_content.sql
--   rule:consumed_artifact_id                 derive/12_rule_consumed_artifact_id.sql
--   rule:declared_parent                      derive/13_rule_declared_parent.sql
--   rule:same_name                            derive/14_rule_same_name.sql
--   rule:deployment_telemetry                 store.rule_deployment_telemetry, below
--   rule:same_samples                         store.rule_same_samples, below
-- What each believes and why is in docs/lineage.md too.

CREATE TABLE store.artifact_uses (
  run_id VARCHAR, project VARCHAR, artifact_id VARCHAR NOT NULL, role VARCHAR NOT NULL, kind VARCHAR, path VARCHAR, name VARCHAR, version VARCHAR,
  digest VARCHAR, summarizes_run VARCHAR, derived_from VARCHAR[],
  captured_by VARCHAR, confidence VARCHAR NOT NULL, occurred_at TIMESTAMP_NS, fact_id UBIGINT NOT NULL
);
COMMENT ON TABLE store.artifact_uses IS 'One row per artifact record: which run made or read which artifact. digest: algorithm:hex of its content, null where that would prove nothing. name: of the data set, else the last part of the path; null where it says nothing (derive/10_relations.sql).';

CREATE TABLE store.told_relations (
  run_id VARCHAR, type VARCHAR NOT NULL, from_id VARCHAR NOT NULL, from_kind VARCHAR, to_id VARCHAR NOT NULL, to_kind VARCHAR,
  captured_by VARCHAR, confidence VARCHAR NOT NULL, evidence VARCHAR, occurred_at TIMESTAMP_NS, fact_id UBIGINT NOT NULL, standing INTEGER NOT NULL
);
COMMENT ON TABLE store.told_relations IS 'Edges as told, one row per record that tells one. standing: 0 told as a relation, 1 said in passing by another record; run_id: the run that tells it, null for none.';

CREATE TABLE store.run_deployments (run_id VARCHAR NOT NULL, deployment_id VARCHAR NOT NULL, first_at TIMESTAMP_NS);
COMMENT ON TABLE store.run_deployments IS 'Runs whose telemetry came from the service of a deployment, by its resource.';

CREATE TABLE store.sample_sets (run_id VARCHAR NOT NULL, sample_set_id VARCHAR NOT NULL, sample_count BIGINT NOT NULL);
COMMENT ON TABLE store.sample_sets IS 'Which samples a run had: one id for the same sample ids within a project.';

CREATE TABLE store.rule_edges (
  rule_key VARCHAR NOT NULL, type VARCHAR NOT NULL, from_id VARCHAR NOT NULL, from_kind VARCHAR NOT NULL, to_id VARCHAR NOT NULL, to_kind VARCHAR NOT NULL,
  captured_by VARCHAR NOT NULL, evidence VARCHAR NOT NULL, occurred_at TIMESTAMP_NS, alternatives BIGINT NOT NULL
);
COMMENT ON TABLE store.rule_edges IS 'What rules propose. rule_key: the artifact, digest or name it is about; all edges of a key are computed together. evidence: from what, in words. alternatives: how many edges the same evidence fits equally well; only where it is 1 the edge is believed and stands in relationships.';

-- Everything is computed again, for databases that were there before these tables. '' stands for what belongs to no run.
INSERT INTO store.dirty_runs SELECT run_id FROM store.runs UNION ALL SELECT '';

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

-- Everything the rules propose, believed or not.
CREATE VIEW store.inferred_relations AS
SELECT type, from_id, from_kind, to_id, to_kind, captured_by, evidence, occurred_at, alternatives FROM store.rule_edges
UNION ALL SELECT * FROM store.rule_deployment_telemetry
UNION ALL SELECT * FROM store.rule_same_samples;
