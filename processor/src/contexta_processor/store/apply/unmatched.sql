-- unmatched: the condition of insert.sql where something of the batch was there before.
-- takes  temp table matched; s, the staged row
WHERE NOT EXISTS (SELECT 1 FROM matched m WHERE m.same AND m.staged_id = s.fact_id AND m.k1 = s.k1 AND m.k2 = s.k2 AND m.k3 = s.k3)
