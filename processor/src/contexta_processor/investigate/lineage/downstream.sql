-- downstream: which relationships lead on from these things, to whatever depth?
-- takes  $ids, where to begin; $against, the types told from what depends to what it depends on; $same, the types that join two ids of one
--        thing; $harmless, the types not to follow
-- gives  one row per relationship and direction: upstream, downstream, confidence
-- order  upstream, downstream, confidence
-- Ids are united, not paths: it ends in the presence of cycles, and costs one look at every edge per step.
WITH RECURSIVE followed AS MATERIALIZED (
  SELECT type, from_id, to_id, confidence FROM relationships WHERE NOT list_contains($harmless, type)
), flow AS MATERIALIZED (
  SELECT CASE WHEN list_contains($against, type) THEN to_id ELSE from_id END AS upstream,
         CASE WHEN list_contains($against, type) THEN from_id ELSE to_id END AS downstream, confidence
  FROM followed
  UNION ALL
  SELECT to_id, from_id, confidence FROM followed WHERE list_contains($same, type)
), reached AS (
  SELECT unnest($ids) AS id
  UNION
  SELECT f.downstream FROM reached r JOIN flow f ON f.upstream = r.id
)
SELECT f.upstream, f.downstream, min(f.confidence) AS confidence
FROM flow f SEMI JOIN reached r ON r.id = f.upstream
GROUP BY f.upstream, f.downstream
ORDER BY f.upstream, f.downstream
