-- export/run_ids: which runs are there?
-- takes  nothing
-- gives  run_id
-- order  run_id
SELECT run_id FROM runs ORDER BY run_id
