-- lineage_edges_ahead: which relationships lead on from these things, in one direction, for many hops at once?
-- takes  $ids, a list of ids of any kind; $towards: up or down; $against, $same, $equal as in edges.sql; $hubs, the kinds of things that are reached and not
--        passed; $hops, how many; $limit, at most so many relationships
-- gives  one row per relationship: type, from_id, from_kind, to_id, to_kind, captured_by, confidence, evidence, occurred_at, total (how
--        many there are before the limit)
-- order  from_id, type, to_id
-- Ids are united with the hop they were reached at: it ends in the presence of cycles, and costs one look at every edge per hop.
WITH RECURSIVE directed AS MATERIALIZED (
  SELECT *, CASE WHEN list_contains($against, type) = ($towards = 'up') THEN from_id ELSE to_id END AS node,
         CASE WHEN list_contains($against, type) = ($towards = 'up') THEN to_id ELSE from_id END AS next,
         CASE WHEN list_contains($against, type) = ($towards = 'up') THEN to_kind ELSE from_kind END AS next_kind
  FROM relationships WHERE NOT list_contains($equal, type)
), arcs AS MATERIALIZED (
  SELECT node, next FROM directed WHERE next_kind IS NULL OR NOT list_contains($hubs, next_kind)
  UNION ALL
  SELECT next, node FROM directed WHERE list_contains($same, type)
), reached AS (
  SELECT unnest($ids) AS id, 1 AS hop
  UNION
  SELECT a.next, r.hop + 1 FROM reached r JOIN arcs a ON a.node = r.id WHERE r.hop < $hops
), within AS (
  SELECT DISTINCT id FROM reached
)
SELECT type, from_id, from_kind, to_id, to_kind, captured_by, confidence, evidence, occurred_at, count(*) OVER () AS total
FROM directed
WHERE node IN (FROM within) OR (list_contains($same, type) AND next IN (FROM within))
ORDER BY from_id, type, to_id
LIMIT $limit
