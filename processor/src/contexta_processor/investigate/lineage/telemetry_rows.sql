-- telemetry_rows: whose telemetry carries the id of these deployments?
-- takes  $ids, deployment ids
-- gives  one row per emitting process: deployment_id, service_name, service_instance_id, host_name, environment
-- order  all of it; at most 500
SELECT deployment_id, service_name, service_instance_id, host_name, deployment_environment AS environment
FROM facts.resources WHERE list_contains($ids, deployment_id)
ORDER BY deployment_id, service_name, service_instance_id, host_name, environment
LIMIT 500
