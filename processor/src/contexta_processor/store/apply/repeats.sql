-- repeats: is anything told more than once in this batch?
-- takes  temp view staged
-- gives  one row: repeated (0 or 1)
SELECT count(*) > count(DISTINCT (k1, k2, k3)) AS repeated FROM staged;
