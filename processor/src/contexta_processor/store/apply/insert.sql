-- insert: staged rows whose exact content is not there yet.
-- takes  temp view staged, temp table matched; {table}, {columns}; and the text of unmatched.sql, or nothing; {taken_at}: now, in
--        microseconds, for bookkeeping
-- gives  how many rows were added
INSERT INTO facts.{table} ({columns}, claim, shadowed, taken_at)
SELECT {columns}, NULL, false, make_timestamp({taken_at}) FROM staged s {unmatched};
