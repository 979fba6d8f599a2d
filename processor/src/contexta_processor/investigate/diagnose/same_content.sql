-- same_content: which artifacts that some run produced have the content of these, under another id?
-- takes  $artifacts  artifact ids
-- gives  one row per artifact and other: artifact_id, other_id, run_id (that produced the other), captured_by (the rule)
-- order  artifact_id, other_id
SELECT r.to_id AS artifact_id, r.from_id AS other_id, a.run_id, r.captured_by
FROM relationships r JOIN artifacts a ON a.artifact_id = r.from_id
WHERE r.to_id IN (SELECT unnest($artifacts::VARCHAR[])) AND r.type = 'same_content' AND a.run_id IS NOT NULL
ORDER BY r.to_id, r.from_id
