-- deployment_checks: what came of the checks of these deployments?
-- takes  $deployments  deployment ids
-- gives  one row per deployment and check: deployment_id, name, result
-- order  deployment_id, name
SELECT deployment_id, name, result
FROM deployment_checks WHERE deployment_id IN (SELECT unnest($deployments::VARCHAR[]))
ORDER BY deployment_id, name
