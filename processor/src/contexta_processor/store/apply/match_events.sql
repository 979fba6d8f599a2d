-- match: rows of facts.{table} that share their identity with a staged row; three kinds of identity.
-- takes  $low, $high: time range of the batch, a day wider on both sides, so that old row groups are not read
-- gives  temp table `matched`: k1, k2, k3, fact_id, same (the very same content)
CREATE OR REPLACE TEMP TABLE matched AS
SELECT s.k1, s.k2, s.k3, f.fact_id, f.fact_id = s.fact_id AS same, s.fact_id AS staged_id
FROM facts.{table} f JOIN staged s ON f.event_id = s.event_id AND {index}
WHERE s.event_id IS NOT NULL AND (f.occurred_at BETWEEN $low AND $high OR f.occurred_at IS NULL OR s.occurred_at IS NULL)
UNION ALL
SELECT s.k1, s.k2, s.k3, f.fact_id, f.fact_id = s.fact_id, s.fact_id
FROM facts.{table} f JOIN staged s ON f.producer_id = s.producer_id AND f.seq = s.seq AND {index}
WHERE s.event_id IS NULL AND f.event_id IS NULL AND (f.occurred_at BETWEEN $low AND $high OR f.occurred_at IS NULL OR s.occurred_at IS NULL)
UNION ALL
SELECT s.k1, s.k2, s.k3, f.fact_id, f.fact_id = s.fact_id, s.fact_id
FROM facts.{table} f JOIN staged s ON f.content_key = s.content_key AND {index}
WHERE s.content_key IS NOT NULL AND (f.occurred_at BETWEEN $low AND $high OR f.occurred_at IS NULL OR s.occurred_at IS NULL);
