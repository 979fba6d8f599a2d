-- first copies: each distinct content of the batch once.
-- takes  temp view staged
-- gives  place of the rows to keep in `identified`, ascending
SELECT place FROM (
  SELECT place, row_number() OVER (PARTITION BY k1, k2, k3, fact_id ORDER BY place) AS copy
  FROM (SELECT k1, k2, k3, fact_id, row_number() OVER () - 1 AS place FROM staged)
) WHERE copy = 1 ORDER BY place;
