-- lineage_edges: which relationships touch any of these ids?
-- takes  $ids, a list of ids of any kind
-- gives  one row per relationship: type, from_id, from_kind, to_id, to_kind, captured_by, confidence, evidence, occurred_at
-- order  from_id, type, to_id
SELECT type, from_id, from_kind, to_id, to_kind, captured_by, confidence, evidence, occurred_at
FROM relationships
WHERE list_contains($ids, from_id) OR list_contains($ids, to_id)
ORDER BY from_id, type, to_id
