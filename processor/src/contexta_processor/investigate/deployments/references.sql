-- references: which runs do these names stand for?
-- takes  $references  ids of runs or artifacts
-- gives  one row per reference that is a run, or an artifact that a known run produced: reference, run_id
-- order  reference
-- The ids are a list, not a join: only so they narrow the view before it ranks what was said of every artifact there is.
WITH made AS (
  SELECT artifact_id, run_id FROM artifacts WHERE list_contains($references::VARCHAR[], artifact_id)
)
SELECT n.reference, coalesce(r.run_id, m.run_id) AS run_id
FROM (SELECT unnest($references::VARCHAR[]) AS reference) n
LEFT JOIN store.runs r ON r.run_id = n.reference
LEFT JOIN made m ON m.artifact_id = n.reference
WHERE coalesce(r.run_id, m.run_id) IS NOT NULL
ORDER BY n.reference
