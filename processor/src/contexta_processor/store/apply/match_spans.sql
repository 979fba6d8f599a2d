-- match: facts.spans rows that share their identity with a staged row.
-- takes  $low, $high: time range of the batch, a day wider on both sides ({until}: its end, if it has one), so that old row groups are not read
-- gives  k1, k2, k3, fact_id, same (the very same content), staged_id
SELECT s.k1, s.k2, s.k3, f.fact_id, f.fact_id = s.fact_id AS same, s.fact_id AS staged_id
FROM facts.spans f JOIN staged s ON f.trace_id = s.trace_id AND f.span_id = s.span_id
WHERE (f.started_at >= $low{until}) OR f.started_at IS NULL OR s.started_at IS NULL
