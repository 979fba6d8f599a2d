-- project_runs: which runs of a project are the newest?
-- takes  $project; $limit (NULL for all)
-- gives  one row per run: run_id, total (how many there are before the limit)
-- order  newest first; runs without a time last; run_id
SELECT run_id, count(*) OVER () AS total
FROM runs WHERE project = $project
ORDER BY coalesce(started_at, first_seen_at) DESC NULLS LAST, run_id
LIMIT coalesce($limit, 9223372036854775807)
