-- export/sample_slices: the rows of `sample_slices` that belong to a few runs.
-- takes  $runs       run ids
--        $unclaimed  whether rows that belong to no run are wanted too
-- gives  every column of `sample_slices`
-- order  none: the exporter orders rows by what it writes
FROM sample_slices
WHERE run_id IN (SELECT unnest($runs::VARCHAR[])) OR ($unclaimed AND run_id IS NULL)
