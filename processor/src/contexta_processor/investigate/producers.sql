-- producers: which processes told us about a run, and did all they sent arrive?
-- takes  $run_id
-- gives  one row per producer: producer_id, service_name, host, pid, rank, world_size, first_seen_at, last_seen_at, last_seq,
--        received_count, missing_count, dropped_count, closed
-- order  rank, first_seen_at, producer_id
SELECT producer_id, service_name, host, pid, rank, world_size, first_seen_at, last_seen_at, last_seq, received_count, missing_count,
       dropped_count, closed
FROM producers WHERE run_id = $run_id
ORDER BY rank NULLS LAST, first_seen_at NULLS LAST, producer_id
