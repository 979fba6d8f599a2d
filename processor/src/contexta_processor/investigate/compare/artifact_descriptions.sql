-- compare_artifact_descriptions: what do other runs say of artifacts that two runs only name?
-- takes  $ids  artifact ids
-- gives  one row per artifact that is described: artifact_id, kind, path, sha256, fingerprint, size_bytes, version
-- order  artifact_id
SELECT artifact_id, kind, path, sha256, attributes ->> '$."contexta.dataset.fingerprint"' AS fingerprint, size_bytes, version
FROM artifacts
WHERE list_contains($ids, artifact_id)
ORDER BY artifact_id
