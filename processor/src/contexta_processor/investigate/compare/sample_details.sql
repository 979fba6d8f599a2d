-- compare_sample_details: what do two runs say of a few samples?
-- takes  $baseline, $candidate  run ids; $samples  sample ids
-- gives  run_id, stage, sample_id, slices, failure_tags, output_summary, redacted
-- order  sample_id, stage, run_id
SELECT run_id, stage, sample_id, slices, failure_tags, output_summary, coalesce(redacted, FALSE) AS redacted
FROM samples
WHERE run_id IN ($baseline, $candidate) AND sample_id IN (SELECT unnest($samples::VARCHAR[]))
ORDER BY sample_id, stage, run_id
