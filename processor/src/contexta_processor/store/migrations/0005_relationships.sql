-- 0005: how things are connected: every claim, the one of each that stands, and what is tainted.

-- Every claim of an edge, with how it stands: 0 told as a relation, 1 said in passing by another record, 2 concluded by a rule.
-- produced, summarized_by, derived_from, deployed_as, source_of, supports, parent_of, fed, promoted_to, deployed_to: evidence flows from → to.
-- consumed, trained_on, evaluated_on, resumed_from, supersedes, monitors, serves, ran_in, measured_against, quarantined_by, released_by: from is what
-- depends, to is what it depends on. same_content, same_name: two ids of one thing. equal_content: two things that are equal.
CREATE VIEW store.relation_claims AS
SELECT type, from_id, from_kind, to_id, to_kind, captured_by, confidence, evidence, occurred_at, standing, fact_id, run_id
FROM store.told_relations
UNION ALL
SELECT type, from_id, from_kind, to_id, to_kind, captured_by, 'inferred', evidence, occurred_at, 2, 0, NULL
FROM store.inferred_relations WHERE alternatives = 1;

-- One row per edge: what was told wins over what was said in passing, that over what a rule concluded; the direct over the inferred; the earliest.
CREATE OR REPLACE VIEW relationships AS
WITH ranked AS (
  SELECT type, from_id, to_id,
         first_value(from_kind IGNORE NULLS) OVER w AS from_kind, first_value(to_kind IGNORE NULLS) OVER w AS to_kind,
         captured_by, confidence, evidence, occurred_at,
         row_number() OVER (PARTITION BY type, from_id, to_id ORDER BY standing, confidence, occurred_at, fact_id, captured_by, evidence) AS place
  FROM store.relation_claims
  WINDOW w AS (PARTITION BY type, from_id, to_id ORDER BY standing, confidence, occurred_at, fact_id, captured_by, evidence
               ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
)
SELECT type, from_id, from_kind, to_id, to_kind, captured_by, confidence, evidence, occurred_at
FROM ranked WHERE place = 1;

-- What was said of whether a thing may be relied on. A person's decision is a relation: THING quarantined_by WHO or WHAT, THING released_by …;
-- a verification is its result, and the degraded marker that goes with a bad one.
CREATE VIEW store.taint_statements AS
SELECT from_id AS id, CASE type WHEN 'quarantined_by' THEN 'quarantine' ELSE 'release' END AS statement, 'decision' AS channel,
       type AS reason, to_id AS by, evidence AS detail, captured_by, confidence, occurred_at, fact_id
FROM store.told_relations WHERE type IN ('quarantined_by', 'released_by')
UNION ALL
SELECT attributes ->> '$."contexta.artifact.id"', CASE attributes ->> '$."contexta.verification.result"' WHEN 'match' THEN 'release' ELSE 'quarantine' END, 'verification',
       CASE attributes ->> '$."contexta.verification.result"' WHEN 'match' THEN 'artifact_hash_match' WHEN 'missing' THEN 'artifact_missing' ELSE 'artifact_hash_mismatch' END,
       NULL, NULL, coalesce(captured_by, scope_name), 'direct', occurred_at, fact_id
FROM facts.records
WHERE name = 'contexta.verification' AND NOT shadowed AND (attributes ->> '$."contexta.verification.result"') IN ('match', 'mismatch', 'missing')
UNION ALL
SELECT coalesce(attributes ->> '$."contexta.degraded.subject"', attributes ->> '$."contexta.artifact.id"'), 'quarantine', 'verification',
       attributes ->> '$."contexta.degraded.reason"', NULL, attributes ->> '$."contexta.degraded.detail"', coalesce(captured_by, scope_name), 'direct', occurred_at, fact_id
FROM facts.records
WHERE name = 'contexta.degraded' AND NOT shadowed AND (attributes ->> '$."contexta.degraded.reason"') IN ('artifact_hash_mismatch', 'artifact_missing');

-- The statements that stand: a later decision to release lifts whatever was said before it, a later match lifts only what verifications said.
-- At the same time the doubt stands; a release whose time is not known lifts nothing.
CREATE VIEW store.taints AS
SELECT q.id, q.reason, q.by, q.detail, q.channel, q.captured_by, q.confidence, q.occurred_at,
       row_number() OVER (PARTITION BY q.id ORDER BY q.occurred_at DESC NULLS LAST, q.channel, q.detail NULLS LAST, q.fact_id) AS place
FROM store.taint_statements q
WHERE q.statement = 'quarantine' AND q.id <> ''
  AND NOT EXISTS (
    SELECT 1 FROM store.taint_statements r
    WHERE r.statement = 'release' AND r.id = q.id AND (r.channel = 'decision' OR r.channel = q.channel)
      AND (r.occurred_at > q.occurred_at OR (q.occurred_at IS NULL AND r.occurred_at IS NOT NULL)));

COMMENT ON VIEW relationships IS 'How runs, artifacts, data, reports and deployments are connected: one row per edge, told or inferred (docs/lineage.md).';
COMMENT ON COLUMN relationships.type IS 'produced, consumed, derived_from, summarized_by, approved_for, deployed_as, parent_of, same_content, … (open)';
COMMENT ON COLUMN relationships.from_id IS 'id';
COMMENT ON COLUMN relationships.from_kind IS 'run, artifact, deployment, …';
COMMENT ON COLUMN relationships.to_id IS 'id';
COMMENT ON COLUMN relationships.to_kind IS 'run, artifact, deployment, environment, …';
COMMENT ON COLUMN relationships.captured_by IS 'who told it; rule:NAME where a rule concluded it';
COMMENT ON COLUMN relationships.confidence IS 'direct: somebody who knows said so; inferred: concluded from other evidence';
COMMENT ON COLUMN relationships.evidence IS 'what it rests on';
COMMENT ON COLUMN relationships.occurred_at IS 'when it was recorded';

-- Of what may not be relied on, the things that were said to be so themselves; what came from them follows from relationships.
CREATE VIEW taints AS
SELECT id, reason, "by" AS decided_by, detail, occurred_at AS since, captured_by, confidence FROM store.taints WHERE place = 1;

COMMENT ON VIEW taints IS 'What may not be relied on: one row per thing that was quarantined, or found changed or gone by a check, and not released since (docs/lineage.md). What came from it is tainted too, and not listed here: contexta lineage ID --down.';
COMMENT ON COLUMN taints.id IS 'the thing: a data set, artifact, run, …';
COMMENT ON COLUMN taints.reason IS 'quarantined_by, artifact_hash_mismatch or artifact_missing';
COMMENT ON COLUMN taints.decided_by IS 'who or what quarantined it; null: a check found it';
COMMENT ON COLUMN taints.detail IS 'why, in words';
COMMENT ON COLUMN taints.since IS 'when that was said; the newest of several times';
COMMENT ON COLUMN taints.captured_by IS 'who told it';
COMMENT ON COLUMN taints.confidence IS 'direct, or inferred where whoever told it only concluded it';
