-- deployment_links: which relationships of these deployments were inferred, not told?
-- takes  $deployments  deployment ids
-- gives  one row per relationship: deployment_id, type, from_id, to_id, captured_by, evidence
-- order  deployment_id, type, from_id, to_id
-- Which service runs a deployment is concluded from its telemetry and no ground of it; that is left out.
WITH linked AS (
  SELECT to_id AS deployment_id, type, from_id, to_id, captured_by, evidence
  FROM relationships WHERE to_id IN (SELECT unnest($deployments::VARCHAR[])) AND confidence <> 'direct' AND captured_by IS DISTINCT FROM 'rule:deployment_telemetry'
  UNION
  SELECT from_id, type, from_id, to_id, captured_by, evidence
  FROM relationships WHERE from_id IN (SELECT unnest($deployments::VARCHAR[])) AND confidence <> 'direct' AND captured_by IS DISTINCT FROM 'rule:deployment_telemetry'
)
SELECT deployment_id, type, from_id, to_id, captured_by, evidence FROM linked
ORDER BY deployment_id, type, from_id, to_id
