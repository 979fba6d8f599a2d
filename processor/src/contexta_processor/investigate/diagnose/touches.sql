-- touches: which artifacts did these runs make or read?
-- takes  $runs  run ids
-- gives  one row per run, role and artifact: run_id, role (produced, consumed), artifact_id, confidence (of the relationship; NULL for produced)
-- order  run_id, role, artifact_id
-- Whether a run that says it produced an artifact is the one that counts as its producer, the artifact itself says.
SELECT DISTINCT run_id, role, artifact_id, NULL AS confidence
FROM store.artifact_uses WHERE run_id IN (SELECT unnest($runs::VARCHAR[])) AND role = 'produced'
UNION ALL
SELECT from_id, 'consumed', to_id, confidence
FROM relationships WHERE from_id IN (SELECT unnest($runs::VARCHAR[])) AND type = 'consumed'
ORDER BY run_id, role, artifact_id
