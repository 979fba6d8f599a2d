-- lineage_nodes: what is known of these things themselves?
-- takes  $ids, a list of ids of any kind
-- gives  one row per thing of which there is evidence: id, kind, detail (a run's type and status, an artifact's kind, a deployment's environment)
-- order  id, kind
SELECT run_id AS id, 'run' AS kind, concat_ws(', ', project, run_type, status) AS detail FROM runs WHERE list_contains($ids, run_id)
UNION ALL
SELECT artifact_id, 'artifact', coalesce(min(kind) FILTER (role = 'produced'), min(kind)) FROM store.artifact_uses
WHERE list_contains($ids, artifact_id) GROUP BY artifact_id
UNION ALL
SELECT deployment_id, 'deployment', concat_ws(', ', environment, status) FROM store.merged_deployments WHERE list_contains($ids, deployment_id)
UNION ALL
SELECT sample_set_id, 'sample_set', min(sample_count) || ' samples' FROM store.sample_sets WHERE list_contains($ids, sample_set_id) GROUP BY sample_set_id
ORDER BY id, kind
