-- run_tagged: which runs carry this tag?
-- takes  $key; $value (NULL for any value); $project (NULL for any)
-- gives  one row per run: run_id, name, project, started_at
-- order  newest first, run_id; at most 50
SELECT run_id, name, project, started_at
FROM runs
WHERE ($project IS NULL OR project = $project)
  AND list_contains(json_keys(tags), $key)
  AND ($value IS NULL OR (tags ->> ('/' || replace(replace($key, '~', '~0'), '/', '~1'))) = $value)
ORDER BY coalesce(started_at, first_seen_at) DESC NULLS LAST, run_id
LIMIT 50
