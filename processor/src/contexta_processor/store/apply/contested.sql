-- contested: identities with more than one content, in this batch or with what was there before.
-- takes  temp view staged, temp table matched
-- gives  temp table contested: k1, k2, k3
CREATE OR REPLACE TEMP TABLE contested AS
SELECT k1, k2, k3 FROM staged GROUP BY k1, k2, k3 HAVING count(*) > 1
UNION SELECT DISTINCT k1, k2, k3 FROM matched WHERE NOT same;
