-- same_content: which artifacts have the content of these, under another id?
-- takes  $artifacts  artifact ids
-- gives  one row per artifact and other: artifact_id, other_id, captured_by (the rule)
-- order  artifact_id, other_id
SELECT to_id AS artifact_id, from_id AS other_id, captured_by
FROM relationships WHERE to_id IN (SELECT unnest($artifacts::VARCHAR[])) AND type = 'same_content'
ORDER BY to_id, from_id
