-- producers: who emitted into the touched runs, how much of it arrived, and what is provably missing.
-- takes  temp tables touched, mentions
-- rules  a producer numbers everything it emits from 0, over all its runs. What is missing between the first and the last
--        number of a run is counted to that run; numbers before the first run's first belong to that run. The last
--        number is the ledger's when the producer closed, else the highest seen or told by a heartbeat: its own, or that
--        of the process it was forked from, which tells of its children. A child that was never
--        heard of is a row as long as something of it is missing: without times, and nothing of its own is known but its host.
CREATE OR REPLACE TEMP TABLE children AS
SELECT child AS producer_id, run_id, max(last_seq) AS last_seq, min(resource_id) AS resource_id
FROM (
  SELECT r.run_id, r.resource_id, i.value ->> '$' AS child, try_cast(s.value ->> '$' AS BIGINT) AS last_seq
  FROM facts.records r SEMI JOIN touched USING (run_id),
       json_each(r.attributes -> '$."contexta.heartbeat.child_ids"') i, json_each(r.attributes -> '$."contexta.heartbeat.child_last_seqs"') s
  WHERE r.name = 'contexta.heartbeat' AND NOT r.shadowed AND i.key = s.key
)
WHERE last_seq >= 0 GROUP BY child, run_id;

CREATE OR REPLACE TEMP TABLE numbered AS
WITH mine AS (
  SELECT producer_id, row_number() OVER () AS producer
  FROM (SELECT producer_id FROM mentions WHERE producer_id IS NOT NULL UNION SELECT producer_id FROM children)
), told AS (
  SELECT producer, seq, run_id FROM facts.spans JOIN mine USING (producer_id) WHERE NOT shadowed AND seq IS NOT NULL
  UNION ALL SELECT producer, seq, run_id FROM facts.records JOIN mine USING (producer_id) WHERE NOT shadowed AND seq IS NOT NULL
  UNION ALL SELECT producer, seq, run_id FROM facts.events JOIN mine USING (producer_id) WHERE NOT shadowed AND seq IS NOT NULL
  UNION ALL SELECT producer, seq, run_id FROM facts.metrics JOIN mine USING (producer_id) WHERE NOT shadowed AND seq IS NOT NULL AND coalesce(series_index, 0) = 0
  UNION ALL SELECT producer, seq, run_id FROM facts.samples JOIN mine USING (producer_id) WHERE NOT shadowed AND seq IS NOT NULL
), distinct_numbers AS (
  SELECT producer, seq, count(run_id) > 0 AS in_a_run FROM told GROUP BY producer, seq
)
SELECT producer_id, seq, in_a_run FROM distinct_numbers JOIN mine USING (producer);

DELETE FROM producers WHERE run_id IN (SELECT run_id FROM touched);
INSERT INTO producers
WITH per_run AS (
  SELECT producer_id, run_id, min(first_at) AS first_seen_at, coalesce(max(last_at), max(first_at)) AS last_seen_at, min(first_seq) AS first_seq, max(last_seq) AS last_seq,
         sum(received_count)::BIGINT AS received_count, min(resource_id) AS resource_id
  FROM mentions WHERE producer_id IS NOT NULL GROUP BY producer_id, run_id
), ranges AS (
  SELECT producer_id, count(*) AS numbers, min(seq) AS first_seq, max(seq) AS last_seq, min(seq) FILTER (in_a_run) AS first_in_a_run
  FROM numbered GROUP BY producer_id
), ledgers AS (
  SELECT producer_id, run_id, true AS closed, max(try_cast(attributes ->> '$."contexta.ledger.last_seq"' AS BIGINT)) AS last_seq,
         max(try_cast(attributes ->> '$."contexta.ledger.dropped_count"' AS BIGINT)) AS dropped_count
  FROM facts.records SEMI JOIN touched USING (run_id) WHERE name = 'contexta.ledger' AND NOT shadowed GROUP BY producer_id, run_id
), heartbeats AS (
  SELECT producer_id, run_id, max(try_cast(coalesce(attributes ->> '$."contexta.heartbeat.last_seq"', attributes ->> '$."contexta.ledger.last_seq"') AS BIGINT)) AS last_seq
  FROM facts.records SEMI JOIN touched USING (run_id) WHERE name = 'contexta.heartbeat' AND NOT shadowed GROUP BY producer_id, run_id
), ranks AS (
  SELECT producer_id, run_id, min(try_cast(attributes ->> '$."contexta.process.rank"' AS INTEGER)) AS rank,
         max(try_cast(attributes ->> '$."contexta.process.world_size"' AS INTEGER)) AS world_size
  FROM (SELECT producer_id, run_id, attributes FROM facts.spans SEMI JOIN touched USING (run_id) WHERE evidence_kind = 'run' AND NOT shadowed
        UNION ALL SELECT producer_id, run_id, attributes FROM facts.records SEMI JOIN touched USING (run_id) WHERE name = 'contexta.run.started' AND NOT shadowed)
  GROUP BY producer_id, run_id
), bounded AS (
  SELECT p.*, coalesce(l.closed, false) AS closed, l.dropped_count, k.rank, k.world_size,
         CASE WHEN p.first_seq = n.first_in_a_run THEN 0 ELSE p.first_seq END AS low,
         greatest(p.last_seq, coalesce(l.last_seq, -1), coalesce(h.last_seq, -1), coalesce(c.last_seq, -1)) AS high,
         n.numbers = n.last_seq - n.first_seq + 1 AS gapless, n.first_seq AS first_number, n.last_seq AS last_number
  FROM per_run p
  LEFT JOIN ranges n ON n.producer_id = p.producer_id
  LEFT JOIN ledgers l ON l.producer_id = p.producer_id AND l.run_id = p.run_id
  LEFT JOIN heartbeats h ON h.producer_id = p.producer_id AND h.run_id = p.run_id
  LEFT JOIN ranks k ON k.producer_id = p.producer_id AND k.run_id = p.run_id
  LEFT JOIN children c ON c.producer_id = p.producer_id AND c.run_id = p.run_id
), unheard AS (
  SELECT c.producer_id, c.run_id, c.resource_id, c.last_seq + 1 - count(n.seq) AS missing
  FROM children c LEFT JOIN numbered n ON n.producer_id = c.producer_id AND n.seq <= c.last_seq
  WHERE NOT EXISTS (SELECT 1 FROM per_run p WHERE p.producer_id = c.producer_id AND p.run_id = c.run_id)
  GROUP BY c.producer_id, c.run_id, c.resource_id, c.last_seq
), arrived AS (
  SELECT producer_id, run_id, greatest(least(high, last_number) - greatest(low, first_number) + 1, 0) AS count FROM bounded WHERE gapless
  UNION ALL
  SELECT b.producer_id, b.run_id, count(*)
  FROM bounded b JOIN numbered n ON n.producer_id = b.producer_id AND n.seq BETWEEN b.low AND b.high
  WHERE NOT b.gapless GROUP BY b.producer_id, b.run_id
)
SELECT b.producer_id, b.run_id, r.service_name, r.host_name, r.process_pid, b.rank, b.world_size, b.first_seen_at, b.last_seen_at, b.last_seq, b.received_count,
       CASE WHEN b.last_seq IS NOT NULL THEN greatest(b.high - b.low + 1 - coalesce(a.count, 0), 0) END, b.dropped_count, b.closed,
       'processor', 'direct'
FROM bounded b
LEFT JOIN arrived a ON a.producer_id = b.producer_id AND a.run_id = b.run_id
LEFT JOIN facts.resources r ON r.resource_id = b.resource_id
UNION ALL
SELECT u.producer_id, u.run_id, r.service_name, r.host_name, NULL, NULL, NULL, NULL, NULL, NULL, 0, u.missing, NULL, false, 'processor', 'direct'
FROM unheard u LEFT JOIN facts.resources r ON r.resource_id = u.resource_id
WHERE u.missing > 0;
