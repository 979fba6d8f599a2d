-- known_ids: which things other than runs are known by this id, or by ids that begin like it?
-- takes  $name
-- gives  one row per thing: id, kind, exact (whether it is the whole id)
-- order  exact first, id, kind; at most 50
WITH known AS (
  SELECT artifact_id AS id, 'artifact' AS kind FROM artifacts
  UNION SELECT deployment_id, 'deployment' FROM deployments
  UNION SELECT from_id, coalesce(from_kind, 'unknown') FROM relationships
  UNION SELECT to_id, coalesce(to_kind, 'unknown') FROM relationships
)
SELECT DISTINCT id, kind, id = $name AS exact
FROM known
WHERE starts_with(id, $name)
ORDER BY exact DESC, id, kind
LIMIT 50
