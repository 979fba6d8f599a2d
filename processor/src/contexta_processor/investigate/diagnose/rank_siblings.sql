-- rank_siblings: which other runs of the project did one rank alone tell of, at the same time?
-- takes  $runs  run ids
-- gives  one row per run and other run: run_id, other_run_id, rank, world_size (as that rank was told)
-- order  run_id, rank, other_run_id
WITH judged AS (
  SELECT run_id, project, started_at, coalesce(ended_at, last_seen_at) AS ended_at FROM runs WHERE run_id IN (SELECT unnest($runs::VARCHAR[]))
), lone AS (
  SELECT run_id, min(rank) AS rank, max(world_size) AS world_size FROM producers GROUP BY run_id HAVING count(DISTINCT rank) = 1
)
SELECT j.run_id, o.run_id AS other_run_id, l.rank, l.world_size
FROM judged j
JOIN runs o ON o.project = j.project AND o.run_id <> j.run_id AND o.started_at <= j.ended_at AND coalesce(o.ended_at, o.last_seen_at) >= j.started_at
JOIN lone l ON l.run_id = o.run_id
ORDER BY j.run_id, l.rank, o.run_id
