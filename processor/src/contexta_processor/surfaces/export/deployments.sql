-- export/deployments: deployments that were reached from the exported runs.
-- takes  $everything  all of them
--        $nodes       ids of what was reached
-- gives  every column of `deployments` but `active`, which depends on deployments outside the export
-- order  none: the exporter orders rows by what it writes
SELECT * EXCLUDE (active)
FROM deployments
WHERE $everything OR deployment_id IN (SELECT unnest($nodes::VARCHAR[]))
