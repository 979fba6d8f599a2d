-- lineage_edges: which relationships touch any of these ids, and lead on from them?
-- takes  $ids, a list of ids of any kind; $towards: up (only to what they depend on), down (only to what depends on them) or both; $against, the types
--        told from what depends to what it depends on; $same, the types that join two ids of one thing; $equal, those that lead neither up nor down;
--        $inputs, those of $ids whose readers are of interest only where they are among $seen, and $reading, the types of reading; $limit, at most so many
-- gives  one row per relationship: type, from_id, from_kind, to_id, to_kind, captured_by, confidence, evidence, occurred_at, total (how
--        many there are before the limit)
-- order  direct ones first where the limit cuts; then from_id, type, to_id
WITH touching AS (
  SELECT *, CASE WHEN list_contains($against, type) THEN to_id ELSE from_id END AS upstream,
         CASE WHEN list_contains($against, type) THEN from_id ELSE to_id END AS downstream
  FROM relationships
  WHERE list_contains($ids, from_id) OR list_contains($ids, to_id)
), followed AS (
  SELECT type, from_id, from_kind, to_id, to_kind, captured_by, confidence, evidence, occurred_at, count(*) OVER () AS total
  FROM touching
  WHERE CASE $towards WHEN 'up' THEN (list_contains($ids, downstream) AND NOT list_contains($equal, type)) OR list_contains($same, type)
                      WHEN 'down' THEN (list_contains($ids, upstream) AND NOT list_contains($equal, type)) OR list_contains($same, type)
                      ELSE NOT (list_contains($reading, type) AND list_contains($inputs, to_id) AND NOT list_contains($seen, from_id)) END
  ORDER BY confidence, from_id, type, to_id
  LIMIT $limit
)
SELECT * FROM followed ORDER BY from_id, type, to_id
