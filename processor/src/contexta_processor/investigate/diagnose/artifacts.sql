-- artifacts: what did these runs produce and consume, and what is known of it?
-- takes  $runs  run ids
-- gives  one row per run, role and artifact: run_id, role (produced, consumed), artifact_id, kind, stage, sha256, fingerprint, version,
--        dataset, split, row_count (of a data set), producer_run, producer_status (of the run that made what was consumed), confidence
-- order  run_id, role, artifact_id
SELECT a.run_id, 'produced' AS role, a.artifact_id, a.kind, a.stage, a.sha256,
       a.attributes ->> '$."contexta.dataset.fingerprint"' AS fingerprint, a.version,
       a.attributes ->> '$."contexta.dataset.name"' AS dataset, a.attributes ->> '$."contexta.dataset.split"' AS split,
       try_cast(a.attributes ->> '$."contexta.dataset.row_count"' AS BIGINT) AS row_count,
       a.run_id AS producer_run, NULL AS producer_status, a.confidence
FROM artifacts a WHERE a.run_id IN (SELECT unnest($runs::VARCHAR[]))
UNION ALL
SELECT r.from_id, 'consumed', r.to_id, a.kind, NULL, a.sha256,
       a.attributes ->> '$."contexta.dataset.fingerprint"', a.version,
       a.attributes ->> '$."contexta.dataset.name"', a.attributes ->> '$."contexta.dataset.split"',
       try_cast(a.attributes ->> '$."contexta.dataset.row_count"' AS BIGINT),
       a.run_id, p.status, r.confidence
FROM relationships r
LEFT JOIN artifacts a ON a.artifact_id = r.to_id
LEFT JOIN runs p ON p.run_id = a.run_id
WHERE r.from_id IN (SELECT unnest($runs::VARCHAR[])) AND r.type = 'consumed'
ORDER BY run_id, role, artifact_id
