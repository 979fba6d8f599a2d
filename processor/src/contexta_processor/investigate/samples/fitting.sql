-- samples/fitting: which samples of two runs are in a slice, carry a tag, are of a stage, or among some ids, by the word of either?
-- takes  $baseline, $candidate  run ids; $slice, $tag, $stage, $ids (NULL for any)
-- gives  stage, sample_id
-- order  sample_id, stage
SELECT DISTINCT stage, sample_id FROM samples
WHERE run_id IN ($baseline, $candidate)
  AND ($slice IS NULL OR list_contains(slices, $slice))
  AND ($tag IS NULL OR list_contains(failure_tags, $tag))
  AND ($stage IS NULL OR stage = $stage)
  AND ($ids IS NULL OR sample_id IN (SELECT unnest($ids::VARCHAR[])))
ORDER BY sample_id, stage
