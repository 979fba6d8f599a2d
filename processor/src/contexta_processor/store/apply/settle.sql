-- settle: of several contents with one identity, one is shown. The rule looks only at what the rows say:
-- {preference}, then the greatest content id.
-- takes  temp table contested (k1, k2, k3); {table}, {keys}, same_keys, preference
-- gives  nothing; `shadowed` set on every row of a contested identity
UPDATE facts.{table} AS f SET shadowed = (ranked.place > 1)
FROM (
  SELECT fact_id, k1, k2, k3, row_number() OVER (PARTITION BY k1, k2, k3 ORDER BY {preference}, fact_id DESC) AS place
  FROM (SELECT *, {keys} FROM facts.{table}) SEMI JOIN contested USING (k1, k2, k3)
) AS ranked
WHERE f.fact_id = ranked.fact_id AND {same_keys};
