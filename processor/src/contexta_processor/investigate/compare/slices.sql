-- compare_slices: which samples are in which slice, by the word of either run?
-- takes  $baseline, $candidate  run ids
-- gives  slice, sample_id
-- order  slice, sample_id
SELECT DISTINCT slice, sample_id
FROM sample_slices
WHERE run_id IN ($baseline, $candidate)
ORDER BY slice, sample_id
