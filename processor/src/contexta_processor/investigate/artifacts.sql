-- artifacts: what did a run produce, and what did it consume?
-- takes  $run_id
-- gives  one row per artifact and role: role (produced, consumed), artifact_id, kind, produced_by_run, stage (of the
--        producing run), path, sha256, fingerprint (of a data set's content), size_bytes, version, summarizes_run,
--        derived_from, occurred_at, completeness,
--        captured_by, confidence; of its last check, for whichever run, if there was one: verified (its result), verified_at,
--        verified_reason, observed_sha256
-- order  role (produced first), occurred_at, artifact_id
-- A consumed artifact that nobody described has its id and nothing else.
-- `artifacts` is named once: binding such a view takes longer than reading it.
WITH used AS (
  SELECT artifact_id, occurred_at, captured_by, confidence,
         row_number() OVER (PARTITION BY artifact_id ORDER BY standing, confidence, occurred_at, captured_by) AS place
  FROM (
    SELECT to_id AS artifact_id, occurred_at, captured_by, confidence, standing
    FROM store.told_relations WHERE from_id = $run_id AND type = 'consumed'
    UNION ALL
    SELECT to_id, occurred_at, captured_by, 'inferred', 2
    FROM store.rule_edges WHERE from_id = $run_id AND type = 'consumed' AND alternatives = 1
  )
), roles AS (
  SELECT 'consumed' AS role, artifact_id, occurred_at, captured_by, confidence FROM used WHERE place = 1
  UNION ALL
  SELECT DISTINCT 'produced', artifact_id, NULL::TIMESTAMP_NS, NULL, NULL FROM store.artifact_uses WHERE run_id = $run_id AND role = 'produced'
), had AS (
  SELECT r.role, r.artifact_id, a.kind, a.run_id AS produced_by_run, a.stage, a.path, a.sha256,
         a.attributes ->> '$."contexta.dataset.fingerprint"' AS fingerprint, a.size_bytes, a.version,
         a.summarizes_run, a.derived_from, CASE r.role WHEN 'consumed' THEN r.occurred_at ELSE a.occurred_at END AS occurred_at,
         coalesce(a.completeness, 'unknown') AS completeness,
         CASE r.role WHEN 'consumed' THEN r.captured_by ELSE a.captured_by END AS captured_by,
         CASE r.role WHEN 'consumed' THEN r.confidence ELSE a.confidence END AS confidence
  FROM roles r LEFT JOIN artifacts a USING (artifact_id)
  WHERE r.role = 'consumed' OR a.run_id = $run_id
), checks AS (
  SELECT artifact_id, result AS verified, verified_at, reason AS verified_reason, observed_sha256,
         row_number() OVER (PARTITION BY artifact_id ORDER BY verified_at DESC NULLS LAST,
                            list_position(['mismatch', 'missing', 'not_verifiable', 'match'], result), observed_sha256) AS place
  FROM verifications
)
SELECT h.*, c.verified, c.verified_at, c.verified_reason, c.observed_sha256
FROM had h LEFT JOIN checks c ON c.artifact_id = h.artifact_id AND c.place = 1
ORDER BY role DESC, occurred_at NULLS LAST, h.artifact_id
