-- export/deployment_checks: the checks of the exported deployments.
-- takes  $everything  all of them
--        $nodes       ids of what was reached
-- gives  every column of `deployment_checks`
-- order  none: the exporter orders rows by what it writes
FROM deployment_checks
WHERE $everything OR deployment_id IN (SELECT unnest($nodes::VARCHAR[]))
