-- producers: who emitted into these runs, and what is provably missing of it?
-- takes  $runs  run ids
-- gives  one row per run and producer: run_id, producer_id, service_name, host, pid, rank, last_seq, received_count, missing_count,
--        dropped_count, closed, last_seen_at
-- order  run_id, rank, producer_id
SELECT run_id, producer_id, service_name, host, pid, rank, last_seq, received_count, missing_count, dropped_count, closed, last_seen_at
FROM producers WHERE run_id IN (SELECT unnest($runs::VARCHAR[]))
ORDER BY run_id, rank NULLS LAST, producer_id
