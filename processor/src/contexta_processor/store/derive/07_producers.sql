-- producers: who emitted into the touched runs, how much of it arrived, and what is provably missing.
-- takes  temp table touched
-- rules  a producer numbers everything it emits from 0, over all its runs. What is missing between the first and the last
--        number of a run is counted to that run; numbers before the first run's first belong to that run. The last
--        number is the ledger's when the producer closed, else the highest seen or told by a heartbeat.
CREATE OR REPLACE TEMP TABLE numbered AS
WITH mine AS (
  SELECT DISTINCT producer_id FROM facts.spans SEMI JOIN touched USING (run_id) WHERE producer_id IS NOT NULL
  UNION SELECT DISTINCT producer_id FROM facts.records SEMI JOIN touched USING (run_id) WHERE producer_id IS NOT NULL
  UNION SELECT DISTINCT producer_id FROM facts.events SEMI JOIN touched USING (run_id) WHERE producer_id IS NOT NULL
  UNION SELECT DISTINCT producer_id FROM facts.metrics SEMI JOIN touched USING (run_id) WHERE producer_id IS NOT NULL
  UNION SELECT DISTINCT producer_id FROM facts.samples SEMI JOIN touched USING (run_id) WHERE producer_id IS NOT NULL
)
SELECT producer_id, run_id, seq, coalesce(ended_at, started_at) AS seen_at, resource_id, started_at FROM facts.spans SEMI JOIN mine USING (producer_id) WHERE NOT shadowed
UNION ALL SELECT producer_id, run_id, seq, occurred_at, resource_id, occurred_at FROM facts.records SEMI JOIN mine USING (producer_id) WHERE NOT shadowed
UNION ALL SELECT producer_id, run_id, seq, occurred_at, resource_id, occurred_at FROM facts.events SEMI JOIN mine USING (producer_id) WHERE NOT shadowed
UNION ALL SELECT producer_id, run_id, seq, occurred_at, resource_id, occurred_at FROM facts.metrics SEMI JOIN mine USING (producer_id) WHERE NOT shadowed AND coalesce(series_index, 0) = 0
UNION ALL SELECT producer_id, run_id, seq, occurred_at, resource_id, occurred_at FROM facts.samples SEMI JOIN mine USING (producer_id) WHERE NOT shadowed;

DELETE FROM producers WHERE run_id IN (SELECT run_id FROM touched);
INSERT INTO producers
WITH per_run AS (
  SELECT producer_id, run_id, min(started_at) AS first_seen_at, max(seen_at) AS last_seen_at, min(seq) AS first_seq, max(seq) AS last_seq,
         count(*) AS received_count, min(resource_id) AS resource_id
  FROM numbered WHERE run_id IS NOT NULL GROUP BY producer_id, run_id
), ledgers AS (
  SELECT producer_id, run_id, true AS closed, max(try_cast(attributes ->> '$."contexta.ledger.last_seq"' AS BIGINT)) AS last_seq,
         max(try_cast(attributes ->> '$."contexta.ledger.dropped_count"' AS BIGINT)) AS dropped_count
  FROM facts.records WHERE name = 'contexta.ledger' AND NOT shadowed GROUP BY producer_id, run_id
), heartbeats AS (
  SELECT producer_id, run_id, max(try_cast(coalesce(attributes ->> '$."contexta.heartbeat.last_seq"', attributes ->> '$."contexta.ledger.last_seq"') AS BIGINT)) AS last_seq
  FROM facts.records WHERE name = 'contexta.heartbeat' AND NOT shadowed GROUP BY producer_id, run_id
), ranks AS (
  SELECT producer_id, run_id, min(try_cast(attributes ->> '$."contexta.process.rank"' AS INTEGER)) AS rank
  FROM (SELECT producer_id, run_id, attributes FROM facts.spans WHERE evidence_kind = 'run' AND NOT shadowed
        UNION ALL SELECT producer_id, run_id, attributes FROM facts.records WHERE name = 'contexta.run.started' AND NOT shadowed)
  GROUP BY producer_id, run_id
), bounded AS (
  SELECT p.*, coalesce(l.closed, false) AS closed, l.dropped_count, k.rank,
         CASE WHEN p.first_seq = min(p.first_seq) OVER (PARTITION BY p.producer_id) THEN 0 ELSE p.first_seq END AS low,
         greatest(p.last_seq, coalesce(l.last_seq, -1), coalesce(h.last_seq, -1)) AS high
  FROM per_run p
  LEFT JOIN ledgers l ON l.producer_id = p.producer_id AND l.run_id = p.run_id
  LEFT JOIN heartbeats h ON h.producer_id = p.producer_id AND h.run_id = p.run_id
  LEFT JOIN ranks k ON k.producer_id = p.producer_id AND k.run_id = p.run_id
), arrived AS (
  SELECT b.producer_id, b.run_id, count(DISTINCT n.seq) AS count
  FROM bounded b JOIN numbered n ON n.producer_id = b.producer_id AND n.seq BETWEEN b.low AND b.high
  GROUP BY b.producer_id, b.run_id
)
SELECT b.producer_id, b.run_id, r.service_name, r.host_name, r.process_pid, b.rank, b.first_seen_at, b.last_seen_at, b.last_seq, b.received_count,
       CASE WHEN b.last_seq IS NOT NULL THEN greatest(b.high - b.low + 1 - coalesce(a.count, 0), 0) END, b.dropped_count, b.closed,
       'processor', 'direct'
FROM bounded b SEMI JOIN touched ON touched.run_id = b.run_id
LEFT JOIN arrived a ON a.producer_id = b.producer_id AND a.run_id = b.run_id
LEFT JOIN facts.resources r ON r.resource_id = b.resource_id;
