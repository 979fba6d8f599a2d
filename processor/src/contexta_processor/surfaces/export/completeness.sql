-- export/completeness: the rows of `completeness`, as they are whatever the time (export is the same bytes at any) that belong to a few runs.
-- takes  $runs       run ids
--        $unclaimed  whether rows that belong to no run are wanted too
-- gives  every column of `completeness`, as they are whatever the time (export is the same bytes at any)
-- order  none: the exporter orders rows by what it writes
FROM store.completeness
WHERE run_id IN (SELECT unnest($runs::VARCHAR[])) OR ($unclaimed AND run_id IS NULL)
