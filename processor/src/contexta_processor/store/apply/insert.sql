-- insert: staged rows whose exact content is not there yet.
-- takes  temp view staged, temp table matched; {table}, {columns}; and the text of unmatched.sql, or nothing
-- gives  how many rows were added
INSERT INTO facts.{table} ({columns}, claim, shadowed)
SELECT {columns}, NULL, false FROM staged s {unmatched};
