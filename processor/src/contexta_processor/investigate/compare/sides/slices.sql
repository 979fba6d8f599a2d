-- compare_members_slices: which samples are in which slice, by the word of any of some runs?
-- takes  $runs  run ids
-- gives  slice, sample_id
-- order  slice, sample_id
SELECT DISTINCT slice, sample_id
FROM sample_slices
WHERE list_contains($runs, run_id)
ORDER BY slice, sample_id
