-- verifications: what did checks of these runs' artifacts find?
-- takes  $runs  run ids
-- gives  one row per run and check, made for the run or of what it produced: run_id, artifact_id, result, expected_sha256, observed_sha256,
--        verified_at
-- order  run_id, artifact_id, verified_at, result
WITH made AS (
  SELECT run_id, artifact_id FROM artifacts WHERE run_id IN (SELECT unnest($runs::VARCHAR[]))
), checked AS (
  SELECT run_id, artifact_id, result, expected_sha256, observed_sha256, verified_at
  FROM verifications WHERE run_id IN (SELECT unnest($runs::VARCHAR[]))
  UNION
  SELECT m.run_id, v.artifact_id, v.result, v.expected_sha256, v.observed_sha256, v.verified_at
  FROM verifications v JOIN made m ON m.artifact_id = v.artifact_id
)
SELECT run_id, artifact_id, result, expected_sha256, observed_sha256, verified_at FROM checked
ORDER BY run_id, artifact_id, verified_at NULLS FIRST, result
