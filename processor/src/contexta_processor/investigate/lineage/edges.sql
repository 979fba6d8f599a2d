-- lineage_edges: which relationships touch any of these ids?
-- takes  $ids, a list of ids of any kind; $limit, at most so many
-- gives  one row per relationship: type, from_id, from_kind, to_id, to_kind, captured_by, confidence, evidence, occurred_at, total (how
--        many there are before the limit)
-- order  direct ones first where the limit cuts; then from_id, type, to_id
SELECT * FROM (
  SELECT type, from_id, from_kind, to_id, to_kind, captured_by, confidence, evidence, occurred_at, count(*) OVER () AS total
  FROM relationships
  WHERE list_contains($ids, from_id) OR list_contains($ids, to_id)
  ORDER BY confidence, from_id, type, to_id
  LIMIT $limit
) ORDER BY from_id, type, to_id
