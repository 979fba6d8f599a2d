-- insert: staged rows whose exact content is not there yet.
-- takes  temp tables staged, matched; {table}, {columns}
INSERT INTO facts.{table} ({columns}, claim, shadowed)
SELECT {columns}, NULL, false FROM staged s
WHERE NOT EXISTS (SELECT 1 FROM matched m WHERE m.same AND m.staged_id = s.fact_id AND m.k1 = s.k1 AND m.k2 = s.k2 AND m.k3 = s.k3);
