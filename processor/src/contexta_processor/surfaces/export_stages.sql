-- export_stages: the rows of `stages` that belong to a few runs.
-- takes  $runs       run ids
--        $unclaimed  whether rows that belong to no run are wanted too
-- gives  every column of `stages`
-- order  none: the exporter orders rows by what it writes
FROM stages
WHERE run_id IN (SELECT unnest($runs::VARCHAR[])) OR ($unclaimed AND run_id IS NULL)
