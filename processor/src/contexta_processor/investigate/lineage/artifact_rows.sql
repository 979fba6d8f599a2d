-- artifact_rows: what did runs say of these artifacts?
-- takes  $ids, artifact ids, and ids of runs for all they made and read
-- gives  one row per artifact record: artifact_id, run_id, project, role, kind, name, version, digest, derived_from, captured_by, occurred_at
-- order  artifact_id, occurred_at, run_id; at most 500
SELECT artifact_id, run_id, project, role, kind, name, version, digest, derived_from, captured_by, occurred_at
FROM store.artifact_uses
WHERE list_contains($ids, artifact_id) OR list_contains($ids, run_id)
ORDER BY artifact_id, occurred_at NULLS LAST, run_id, role, fact_id
LIMIT 500
