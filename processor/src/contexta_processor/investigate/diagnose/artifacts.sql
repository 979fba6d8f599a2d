-- artifacts: what is known of these artifacts?
-- takes  $artifacts  artifact ids
-- gives  one row per artifact: artifact_id, kind, stage, sha256, fingerprint, version, dataset, split, row_count (of a data set), producer_run,
--        producer_status (of that run), confidence
-- order  artifact_id
-- The ids are a list, not a join: only so they narrow the view before it ranks what was said of every artifact there is.
SELECT a.artifact_id, a.kind, a.stage, a.sha256, a.attributes ->> '$."contexta.dataset.fingerprint"' AS fingerprint, a.version,
       a.attributes ->> '$."contexta.dataset.name"' AS dataset, a.attributes ->> '$."contexta.dataset.split"' AS split,
       try_cast(a.attributes ->> '$."contexta.dataset.row_count"' AS BIGINT) AS row_count,
       a.run_id AS producer_run, p.status AS producer_status, a.confidence
FROM artifacts a LEFT JOIN runs p ON p.run_id = a.run_id
WHERE list_contains($artifacts::VARCHAR[], a.artifact_id)
ORDER BY a.artifact_id
