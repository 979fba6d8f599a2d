-- export/promotions: decisions about the exported artifacts.
-- takes  $everything  all of them
--        $nodes       ids of what was reached
-- gives  every column of `promotions`
-- order  none: the exporter orders rows by what it writes
FROM promotions
WHERE $everything OR artifact_id IN (SELECT unnest($nodes::VARCHAR[]))
