-- match: rows of facts.{table} that share one kind of identity with a staged row; store/facts.py says which kinds,
-- and unites those that occur in the batch.
-- takes  {kind}: that the identity is the same, and which rows have it; {index}: the same place in a packed series;
--        $low, $high: time range of the batch, a day wider on both sides ({until}: its end, if it has one), so that old row groups are not read
-- gives  k1, k2, k3, fact_id, same (the very same content), staged_id
SELECT s.k1, s.k2, s.k3, f.fact_id, f.fact_id = s.fact_id AS same, s.fact_id AS staged_id
FROM facts.{table} f JOIN staged s ON {kind} AND {index}
WHERE (f.occurred_at >= $low{until}) OR f.occurred_at IS NULL OR s.occurred_at IS NULL
