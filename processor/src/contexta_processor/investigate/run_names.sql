-- run_names: how are the newest runs called?
-- takes  $project (NULL for any), $limit
-- gives  one row per run: run_id, name, project, started_at
-- order  newest first, run_id
SELECT run_id, name, project, started_at
FROM runs
WHERE ($project IS NULL OR project = $project)
ORDER BY coalesce(started_at, first_seen_at) DESC NULLS LAST, run_id
LIMIT $limit
