-- samples/near_ids: which sample ids look like one that isn't there?
-- takes  $sample_id, $project (NULL for any)
-- gives  sample_id, up to five
-- order  likest first, sample_id
SELECT sample_id FROM samples
WHERE $project IS NULL OR run_id IN (SELECT run_id FROM runs WHERE project = $project)
GROUP BY sample_id
ORDER BY jaro_winkler_similarity(sample_id, $sample_id) DESC, sample_id
LIMIT 5
