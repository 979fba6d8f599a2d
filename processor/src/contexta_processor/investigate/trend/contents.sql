-- trend_contents: what tells the content of these artifacts?
-- takes  $artifacts  artifact ids
-- gives  one row per artifact of which anything does: artifact_id, key (the name of the data set, else its kind), told (the version and the beginning
--        of the hash)
-- order  artifact_id
-- The ids are a list, not a join: only so they narrow the view before it ranks what was said of every artifact there is.
SELECT artifact_id, coalesce(attributes ->> '$."contexta.dataset.name"', kind) AS key,
       concat_ws(' ', version, left(coalesce(sha256, attributes ->> '$."contexta.dataset.fingerprint"'), 12)) AS told
FROM artifacts WHERE list_contains($artifacts::VARCHAR[], artifact_id)
ORDER BY artifact_id
