-- ranks: which ranks were heard in these runs, and of how many did each say that there are?
-- takes  $runs  run ids
-- gives  one row per producer that told a rank or a world size, and per run span or announcement that names no producer: run_id, rank, world_size,
--        producer_id, first_seen_at
-- order  run_id, first_seen_at, producer_id, rank
WITH told AS (
  SELECT run_id, attributes, started_at AS seen_at FROM facts.spans
  WHERE run_id IN (SELECT unnest($runs::VARCHAR[])) AND evidence_kind = 'run' AND producer_id IS NULL AND NOT shadowed
  UNION ALL
  SELECT run_id, attributes, occurred_at FROM facts.records
  WHERE run_id IN (SELECT unnest($runs::VARCHAR[])) AND name = 'contexta.run.started' AND producer_id IS NULL AND NOT shadowed
), ranked AS (
  SELECT run_id, try_cast(attributes ->> '$."contexta.process.rank"' AS INTEGER) AS rank,
         try_cast(attributes ->> '$."contexta.process.world_size"' AS INTEGER) AS world_size, NULL AS producer_id, min(seen_at) AS first_seen_at
  FROM told GROUP BY ALL
  UNION ALL
  SELECT run_id, rank, world_size, producer_id, first_seen_at FROM producers WHERE run_id IN (SELECT unnest($runs::VARCHAR[]))
)
SELECT run_id, rank, world_size, producer_id, first_seen_at FROM ranked
WHERE rank IS NOT NULL OR world_size IS NOT NULL
ORDER BY run_id, first_seen_at NULLS FIRST, producer_id NULLS FIRST, rank NULLS FIRST
