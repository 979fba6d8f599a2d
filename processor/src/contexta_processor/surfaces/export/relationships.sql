-- export/relationships: every relationship, and which of its ends are runs.
-- takes  nothing: which ones belong to an export is decided by following them (scope.py)
-- gives  every column of `relationships`, from_is_run, to_is_run
-- order  none: the exporter orders rows by what it writes
SELECT *,
       coalesce(from_kind = 'run', FALSE) OR from_id IN (SELECT run_id FROM runs) AS from_is_run,
       coalesce(to_kind = 'run', FALSE) OR to_id IN (SELECT run_id FROM runs) AS to_is_run
FROM relationships
