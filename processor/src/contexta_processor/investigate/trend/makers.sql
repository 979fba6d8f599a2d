-- trend_makers: which runs produced these artifacts?
-- takes  $artifacts  artifact ids
-- gives  one row per artifact that a known run produced: artifact_id, run_id, project
-- order  artifact_id
-- The ids are a list, not a join: only so they narrow the view before it ranks what was said of every artifact there is.
SELECT a.artifact_id, a.run_id, r.project
FROM artifacts a LEFT JOIN store.runs r ON r.run_id = a.run_id
WHERE list_contains($artifacts::VARCHAR[], a.artifact_id) AND a.run_id IS NOT NULL
ORDER BY a.artifact_id
