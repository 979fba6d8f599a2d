-- remove: the facts of one kind that no run claimed in time: those of unclaimed traces, and those of no trace.
-- takes  temp table unclaimed_traces; $before; {table}
-- gives  one row: how many were removed
DELETE FROM facts.{table}
WHERE run_id IS NULL AND deployment_id IS NULL AND taken_at < $before
  AND (trace_id IS NULL OR trace_id IN (SELECT trace_id FROM unclaimed_traces));
