-- ambiguous: what would the rules say of these things, had the evidence not fitted several answers equally well?
-- takes  $ids, a list of ids of any kind
-- gives  one row per answer that fits: type, from_id, to_id, rule, evidence, alternatives
-- order  to_id, type, from_id; at most 200
SELECT type, from_id, to_id, captured_by AS rule, evidence, alternatives
FROM store.inferred_relations
WHERE alternatives > 1 AND (list_contains($ids, from_id) OR list_contains($ids, to_id))
ORDER BY to_id, type, from_id
LIMIT 200
