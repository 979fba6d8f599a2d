-- known_ids: which things other than runs are known by this id, or by ids that begin like it?
-- takes  $name
-- gives  one row per thing: id, kind, exact (whether it is the whole id)
-- order  exact first, id, kind; at most 50
-- Every end of an inferred relation is known from one of these too.
WITH known AS (
  SELECT artifact_id AS id, 'artifact' AS kind FROM store.artifact_uses WHERE starts_with(artifact_id, $name)
  UNION SELECT from_id, coalesce(from_kind, 'unknown') FROM store.told_relations WHERE starts_with(from_id, $name)
  UNION SELECT to_id, coalesce(to_kind, 'unknown') FROM store.told_relations WHERE starts_with(to_id, $name)
  UNION SELECT sample_set_id, 'sample_set' FROM store.sample_sets WHERE starts_with(sample_set_id, $name)
  UNION SELECT deployment_id, 'deployment' FROM facts.resources WHERE starts_with(deployment_id, $name)
  UNION SELECT service_name, 'service' FROM facts.resources WHERE deployment_id IS NOT NULL AND starts_with(service_name, $name)
  UNION SELECT deployment_id, 'deployment' FROM store.merged_deployments WHERE starts_with(deployment_id, $name)
)
SELECT id, kind, id = $name AS exact
FROM known
ORDER BY exact DESC, id, kind = 'unknown', kind
LIMIT 50
