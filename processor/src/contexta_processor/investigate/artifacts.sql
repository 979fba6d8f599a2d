-- artifacts: what did a run produce, and what did it consume?
-- takes  $run_id
-- gives  one row per artifact and role: role (produced, consumed), artifact_id, kind, produced_by_run, stage (of the
--        producing run), path, sha256, fingerprint (of a data set's content), size_bytes, version, summarizes_run,
--        derived_from, occurred_at, completeness,
--        captured_by, confidence; of its last check, for whichever run, if there was one: verified (its result), verified_at,
--        verified_reason, observed_sha256
-- order  role (produced first), occurred_at, artifact_id
-- A consumed artifact that nobody described has its id and nothing else.
WITH had AS (
  SELECT 'produced' AS role, artifact_id, kind, run_id AS produced_by_run, stage, path, sha256,
         attributes ->> '$."contexta.dataset.fingerprint"' AS fingerprint, size_bytes, version,
         summarizes_run, derived_from, occurred_at, completeness, captured_by, confidence
  FROM artifacts WHERE run_id = $run_id
  UNION ALL
  SELECT 'consumed', r.to_id, a.kind, a.run_id, a.stage, a.path, a.sha256,
         a.attributes ->> '$."contexta.dataset.fingerprint"' AS fingerprint, a.size_bytes, a.version,
         a.summarizes_run, a.derived_from, r.occurred_at, coalesce(a.completeness, 'unknown'), r.captured_by, r.confidence
  FROM relationships r LEFT JOIN artifacts a ON a.artifact_id = r.to_id
  WHERE r.from_id = $run_id AND r.type = 'consumed'
), checks AS (
  SELECT artifact_id, result AS verified, verified_at, reason AS verified_reason, observed_sha256,
         row_number() OVER (PARTITION BY artifact_id ORDER BY verified_at DESC NULLS LAST,
                            list_position(['mismatch', 'missing', 'not_verifiable', 'match'], result), observed_sha256) AS place
  FROM verifications
)
SELECT h.*, c.verified, c.verified_at, c.verified_reason, c.observed_sha256
FROM had h LEFT JOIN checks c ON c.artifact_id = h.artifact_id AND c.place = 1
ORDER BY role DESC, occurred_at NULLS LAST, h.artifact_id
