-- compare_artifacts: what went into two runs, and what came out?
-- takes  $baseline, $candidate  run ids
-- gives  run_id, relation (consumed, produced, summarized_by, …: how the run is connected with it), artifact_id, kind, path,
--        sha256, size_bytes, version
-- order  run_id, relation, kind, artifact_id
WITH connected AS (
  SELECT from_id AS run_id, type AS relation, to_id AS artifact_id FROM relationships WHERE from_id IN ($baseline, $candidate)
  UNION
  SELECT to_id, type, from_id FROM relationships WHERE to_id IN ($baseline, $candidate)
)
SELECT c.run_id, c.relation, c.artifact_id, a.kind, a.path, a.sha256, a.size_bytes, a.version
FROM connected c JOIN artifacts a USING (artifact_id)
ORDER BY c.run_id, c.relation, a.kind, c.artifact_id
