-- run_named: which runs could this name mean?
-- takes  $name: an id, the beginning of one, or a run's name; $project (NULL for any)
-- gives  one row per run: run_id, name, project, started_at, matched (id, name, prefix)
-- order  matched, newest first, run_id; at most 50
SELECT run_id, name, project, started_at,
       CASE WHEN run_id = $name THEN 'id' WHEN name = $name THEN 'name' ELSE 'prefix' END AS matched
FROM runs
WHERE ($project IS NULL OR project = $project)
  AND (run_id = $name OR name = $name OR starts_with(run_id, $name))
ORDER BY matched, coalesce(started_at, first_seen_at) DESC NULLS LAST, run_id
LIMIT 50
