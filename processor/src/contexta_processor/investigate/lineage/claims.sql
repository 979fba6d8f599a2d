-- claims: who says so, of these relationships, and how?
-- takes  $from_ids, $types, $to_ids: three lists of one length
-- gives  one row per claim: type, from_id, to_id, standing (0 told as a relation, 1 said in passing, 2 concluded by a rule), captured_by,
--        confidence, evidence, occurred_at, run_id (which run told it)
-- order  the edge, then the claim that stands first
WITH asked AS (
  SELECT DISTINCT unnest($from_ids) AS from_id, unnest($types) AS type, unnest($to_ids) AS to_id
)
SELECT c.type, c.from_id, c.to_id, c.standing, c.captured_by, c.confidence, c.evidence, c.occurred_at, c.run_id
FROM store.relation_claims c SEMI JOIN asked a ON a.from_id = c.from_id AND a.type = c.type AND a.to_id = c.to_id
ORDER BY c.from_id, c.type, c.to_id, c.standing, c.confidence, c.occurred_at, c.fact_id, c.captured_by, c.evidence
