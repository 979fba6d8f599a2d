-- export/artifacts: artifacts that were reached from the exported runs.
-- takes  $everything  all of them
--        $nodes       ids of what was reached
-- gives  every column of `artifacts`
-- order  none: the exporter orders rows by what it writes
FROM artifacts
WHERE $everything OR artifact_id IN (SELECT unnest($nodes::VARCHAR[]))
