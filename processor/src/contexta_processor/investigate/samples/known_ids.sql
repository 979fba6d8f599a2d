-- samples/known_ids: which of some samples does a run know?
-- takes  $run_id, $ids  sample ids
-- gives  sample_id
-- order  sample_id
SELECT DISTINCT sample_id FROM samples
WHERE run_id = $run_id AND sample_id IN (SELECT unnest($ids::VARCHAR[]))
ORDER BY sample_id
