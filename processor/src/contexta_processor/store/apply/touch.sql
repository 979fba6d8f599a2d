-- touch: which runs and traces do the staged rows change?
-- takes  temp table staged
INSERT INTO store.dirty_runs
SELECT DISTINCT run_id FROM staged WHERE run_id IS NOT NULL
UNION
SELECT DISTINCT p.run_id FROM producers p SEMI JOIN staged s ON s.producer_id = p.producer_id;
INSERT INTO touched_traces SELECT DISTINCT trace_id FROM staged WHERE trace_id IS NOT NULL;
