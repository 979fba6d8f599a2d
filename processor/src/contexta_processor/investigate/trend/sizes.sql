-- trend_sizes: how large were the artifacts of one kind that each run produced?
-- takes  $name (a kind), $project, $run_type, $stage (NULL for any), $last (NULL for all)
-- gives  one row per run and stage: run_id, stage, value (bytes of them all; NULL where any has no known size), parts (how many),
--        occurred_at
-- order  run_id, stage
WITH ranked AS (
  SELECT run_id,
         row_number() OVER (PARTITION BY project, run_type ORDER BY coalesce(started_at, first_seen_at) DESC NULLS LAST, run_id DESC) AS place
  FROM runs
  WHERE ($project IS NULL OR project = $project) AND ($run_type IS NULL OR run_type = $run_type)
)
SELECT run_id, stage, CASE WHEN count(size_bytes) = count(*) THEN sum(size_bytes)::DOUBLE END AS value, count(*) AS parts,
       max(occurred_at) AS occurred_at
FROM artifacts
WHERE kind = $name AND ($stage IS NULL OR stage = $stage)
  AND run_id IN (SELECT run_id FROM ranked WHERE $last IS NULL OR place <= $last)
GROUP BY run_id, stage
ORDER BY run_id, stage
