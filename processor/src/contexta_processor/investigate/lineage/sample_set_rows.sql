-- sample_set_rows: which runs have the samples of these sets?
-- takes  $ids, ids of sample sets
-- gives  one row per run: sample_set_id, run_id, sample_count
-- order  sample_set_id, run_id; at most 500
SELECT sample_set_id, run_id, sample_count FROM store.sample_sets WHERE list_contains($ids, sample_set_id)
ORDER BY sample_set_id, run_id
LIMIT 500
