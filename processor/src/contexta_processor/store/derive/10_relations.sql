-- relations: what the records of the touched runs, and those of no run, say of how things are connected.
-- takes  temp tables touched (run_id; '' for what belongs to no run), mentions; store.runs, samples as just computed; promotions,
--        store.merged_deployments
-- rules  rows of no run are computed each time, since what no run claimed is not counted by any. A digest that proves nothing is left out: of no bytes
--        or no rows, not 64 hexadecimal digits, all digits the same. A name that says nothing too: fewer than 4 letters, or made only of words that every
--        project has
-- gives  temp tables touched_uses (what was and is said of the artifacts of touched runs), uses (all that is said of these, and of those that share a
--        digest or a name with them): what the rules after this file read
CREATE OR REPLACE TEMP TABLE touched_uses AS
SELECT artifact_id, digest, project, name FROM store.artifact_uses WHERE run_id IS NULL OR run_id IN (SELECT run_id FROM touched);
DELETE FROM store.artifact_uses WHERE run_id IS NULL OR run_id IN (SELECT run_id FROM touched);
INSERT INTO store.artifact_uses
WITH told AS (
  SELECT run_id, occurred_at, fact_id, coalesce(captured_by, scope_name) AS captured_by, claim, project,
         attributes ->> '$."contexta.artifact.id"' AS artifact_id,
         coalesce(attributes ->> '$."contexta.artifact.role"', 'produced') AS role,
         attributes ->> '$."contexta.artifact.kind"' AS kind,
         attributes ->> '$."contexta.artifact.path"' AS path,
         attributes ->> '$."contexta.dataset.name"' AS dataset,
         attributes ->> '$."contexta.artifact.version"' AS version,
         lower(attributes ->> '$."contexta.artifact.sha256"') AS sha256,
         attributes ->> '$."contexta.dataset.fingerprint"' AS fingerprint,
         try_cast(attributes ->> '$."contexta.artifact.size_bytes"' AS BIGINT) AS size_bytes,
         try_cast(attributes ->> '$."contexta.dataset.row_count"' AS BIGINT) AS row_count,
         attributes ->> '$."contexta.artifact.summarizes_run"' AS summarizes_run,
         attributes -> '$."contexta.artifact.derived_from"' AS derived_from
  FROM facts.records
  WHERE name = 'contexta.artifact' AND NOT shadowed AND (run_id IS NULL OR run_id IN (SELECT run_id FROM touched))
), named AS (
  SELECT *, nullif(coalesce(dataset, regexp_extract(path, '([^/\\?#]+)[/\\]*([?#].*)?$', 1)), '') AS named FROM told
), stemmed AS (
  SELECT *, regexp_replace(lower(named), '\.(tar\.)?[a-z0-9]{1,12}$', '') AS stem FROM named
)
SELECT t.run_id, coalesce(r.project, t.project), artifact_id, role, kind, path,
       CASE WHEN length(regexp_replace(stem, '[^a-z]', '', 'g')) >= 4
                 AND NOT regexp_full_match(stem, '(my|the|final|best|last|latest|new|old|current|pytorch|saved|trained|raw|clean|processed|full|test|train|training|dev|val|valid|validation|eval|evaluation'
      || '|tmp|temp|output|input|model|models|data|dataset|datasets|checkpoint|ckpt|weights|state|dict|config|configuration|settings|params|parameters|report|reports|result|results|metric|metrics'
      || '|feature|features|label|labels|target|index|vocab|tokenizer|prediction|predictions|sample|samples|split|fold|epoch|step|batch|run|version|v|artifact|artifacts|file|part|bundle|snapshot'
      || '|export|package|main|pipeline|classifier|regressor|encoder|scaler|readme|requirements|[0-9]+|[-_.=+ ])+') THEN named END, version,
       CASE WHEN regexp_full_match(sha256, '[0-9a-f]{64}') AND coalesce(size_bytes, 1) > 0 AND replace(sha256, left(sha256, 1), '') <> ''
                 AND sha256 <> 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855' THEN 'sha256:' || sha256
            WHEN regexp_full_match(fingerprint, 'sha256-[a-z]+:[0-9a-f]{64}') AND coalesce(row_count, 1) > 0 THEN fingerprint END,
       summarizes_run, CASE WHEN json_type(derived_from) = 'ARRAY' THEN from_json(derived_from, '["VARCHAR"]') END,
       t.captured_by, CASE claim WHEN 'trace' THEN 'inferred' ELSE 'direct' END, occurred_at, fact_id
FROM stemmed t LEFT JOIN store.runs r ON r.run_id = t.run_id
WHERE artifact_id <> '';

INSERT INTO touched_uses
SELECT artifact_id, digest, project, name FROM store.artifact_uses
WHERE run_id IS NULL OR run_id IN (SELECT run_id FROM touched) OR artifact_id IN (SELECT artifact_id FROM touched_uses);
INSERT INTO touched_uses
SELECT artifact_id, digest, project, name FROM store.artifact_uses WHERE artifact_id IN (SELECT artifact_id FROM touched_uses);
CREATE OR REPLACE TEMP TABLE touched_uses AS SELECT DISTINCT * FROM touched_uses;
CREATE OR REPLACE TEMP TABLE uses AS
WITH related AS (
  SELECT artifact_id FROM touched_uses
  UNION SELECT u.artifact_id FROM store.artifact_uses u SEMI JOIN touched_uses t ON t.digest = u.digest
  UNION SELECT u.artifact_id FROM store.artifact_uses u SEMI JOIN touched_uses t ON t.project = u.project AND t.name = u.name
)
SELECT u.* FROM store.artifact_uses u SEMI JOIN related r ON r.artifact_id = u.artifact_id;

DELETE FROM store.told_relations WHERE run_id IS NULL OR run_id IN (SELECT run_id FROM touched);
INSERT INTO store.told_relations
WITH told AS (
  SELECT run_id, occurred_at, fact_id, coalesce(captured_by, scope_name) AS captured_by,
         attributes ->> '$."contexta.relation.type"' AS type,
         attributes ->> '$."contexta.relation.from"' AS from_id, attributes ->> '$."contexta.relation.from_kind"' AS from_kind,
         attributes ->> '$."contexta.relation.to"' AS to_id, attributes ->> '$."contexta.relation.to_kind"' AS to_kind_told,
         coalesce(attributes ->> '$."contexta.relation.confidence"', 'direct') AS confidence,
         attributes ->> '$."contexta.relation.evidence"' AS evidence
  FROM facts.records
  WHERE name = 'contexta.relation' AND NOT shadowed AND (run_id IS NULL OR run_id IN (SELECT run_id FROM touched))
)
SELECT run_id, type, from_id, from_kind, to_id, CASE WHEN type IN ('quarantined_by', 'released_by') THEN 'quarantine' ELSE to_kind_told END, captured_by, CASE confidence WHEN 'direct' THEN 'direct' ELSE 'inferred' END, evidence, occurred_at, fact_id, 0
FROM told WHERE type <> '' AND from_id <> '' AND to_id <> ''
UNION ALL
SELECT run_id, role, run_id, 'run', artifact_id, 'artifact', captured_by, confidence, 'artifact record', occurred_at, fact_id, 1
FROM store.artifact_uses WHERE run_id IN (SELECT run_id FROM touched)
UNION ALL
SELECT run_id, 'summarized_by', summarizes_run, 'run', artifact_id, 'artifact', captured_by, 'direct', 'artifact record', occurred_at, fact_id, 1
FROM store.artifact_uses WHERE summarizes_run <> '' AND (run_id IS NULL OR run_id IN (SELECT run_id FROM touched))
UNION ALL
SELECT run_id, 'derived_from', parent, 'artifact', artifact_id, 'artifact', captured_by, 'direct', 'artifact record', occurred_at, fact_id, 1
FROM (SELECT *, unnest(derived_from) AS parent FROM store.artifact_uses
      WHERE derived_from IS NOT NULL AND (run_id IS NULL OR run_id IN (SELECT run_id FROM touched)))
WHERE parent <> '' AND parent <> artifact_id
UNION ALL
SELECT run_id, 'parent_of', parent_run_id, 'run', run_id, 'run', captured_by, 'direct', 'run span', started_at, 0, 1
FROM store.runs WHERE parent_run_id <> '' AND parent_run_id <> run_id AND run_id IN (SELECT run_id FROM touched)
UNION ALL
SELECT run_id, CASE decision WHEN 'rejected' THEN 'rejected_for' ELSE 'promoted_to' END, artifact_id, 'artifact', to_environment, 'environment',
       captured_by, 'direct', 'promotion record', occurred_at, 0, 1
FROM promotions WHERE artifact_id <> '' AND to_environment <> '' AND (run_id IS NULL OR run_id IN (SELECT run_id FROM touched))
UNION ALL
SELECT NULL, edge.type, edge.from_id, edge.from_kind, edge.to_id, edge.to_kind, captured_by, 'direct', 'deployment record', started_at, 0, 1
FROM (
  SELECT captured_by, started_at, unnest([
    {'type': 'deployed_as', 'from_id': promoted_artifact, 'from_kind': 'artifact', 'to_id': deployment_id, 'to_kind': 'deployment'},
    {'type': 'source_of', 'from_id': source_run, 'from_kind': 'run', 'to_id': deployment_id, 'to_kind': 'deployment'},
    {'type': 'supports', 'from_id': supporting_report, 'from_kind': 'artifact', 'to_id': deployment_id, 'to_kind': 'deployment'},
    {'type': 'deployed_to', 'from_id': deployment_id, 'from_kind': 'deployment', 'to_id': environment, 'to_kind': 'environment'}]) AS edge
  FROM store.merged_deployments)
WHERE edge.from_id <> '' AND edge.to_id <> ''
UNION ALL
SELECT run_id, 'measured_against', coalesce(deployment_id, run_id), CASE WHEN deployment_id IS NULL THEN 'run' ELSE 'deployment' END, reference, NULL,
       min(coalesce(captured_by, scope_name)), 'direct', 'reference of metric ' || min(name), max(occurred_at), 0, 1
FROM facts.metrics
WHERE reference <> '' AND NOT shadowed AND (run_id IS NULL OR run_id IN (SELECT run_id FROM touched)) AND coalesce(deployment_id, run_id) IS NOT NULL
GROUP BY run_id, deployment_id, reference;

DELETE FROM store.run_deployments WHERE run_id IN (SELECT run_id FROM touched);
INSERT INTO store.run_deployments
SELECT m.run_id, r.deployment_id, min(m.first_at)
FROM mentions m JOIN facts.resources r USING (resource_id)
WHERE r.deployment_id <> '' GROUP BY m.run_id, r.deployment_id;

DELETE FROM store.sample_sets WHERE run_id IN (SELECT run_id FROM touched);
INSERT INTO store.sample_sets
SELECT s.run_id, 'samples:' || left(md5(r.project || chr(31) || string_agg(DISTINCT s.sample_id, chr(31) ORDER BY s.sample_id)), 16), count(DISTINCT s.sample_id)
FROM samples s SEMI JOIN touched USING (run_id) JOIN store.runs r ON r.run_id = s.run_id
WHERE r.project IS NOT NULL
GROUP BY s.run_id, r.project HAVING count(DISTINCT s.sample_id) >= 2;
