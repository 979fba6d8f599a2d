-- promotions: what was decided, and when, of the artifacts that these deployments run?
-- takes  $deployments  deployment ids
-- gives  one row per decision: deployment_id, artifact_id, to_environment, decision, decided_by, occurred_at
-- order  deployment_id, occurred_at, decision
SELECT d.deployment_id, p.artifact_id, p.to_environment, p.decision, p.decided_by, p.occurred_at
FROM store.merged_deployments d JOIN promotions p ON p.artifact_id = d.promoted_artifact AND p.to_environment = d.environment
WHERE d.deployment_id IN (SELECT unnest($deployments::VARCHAR[]))
ORDER BY d.deployment_id, p.occurred_at NULLS FIRST, p.decision
