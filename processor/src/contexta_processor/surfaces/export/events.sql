-- export/events: the rows of `events` that belong to a few runs.
-- takes  $runs       run ids
--        $unclaimed  whether rows that belong to no run are wanted too
-- gives  every column of `events`
-- order  none: the exporter orders rows by what it writes
FROM events
WHERE run_id IN (SELECT unnest($runs::VARCHAR[])) OR ($unclaimed AND run_id IS NULL)
