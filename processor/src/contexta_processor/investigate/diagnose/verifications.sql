-- verifications: what did checks of artifacts find, made for these runs or of these artifacts?
-- takes  $runs  run ids; $artifacts  artifact ids
-- gives  one row per check: run_id (that it was made for), artifact_id, result, expected_sha256, observed_sha256, verified_at
-- order  artifact_id, verified_at, result, run_id
SELECT DISTINCT run_id, artifact_id, result, expected_sha256, observed_sha256, verified_at
FROM verifications WHERE run_id IN (SELECT unnest($runs::VARCHAR[])) OR artifact_id IN (SELECT unnest($artifacts::VARCHAR[]))
ORDER BY artifact_id, verified_at NULLS FIRST, result, run_id
