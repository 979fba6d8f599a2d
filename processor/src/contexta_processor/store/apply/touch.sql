-- touch: which runs and traces do the rows of this step change?
-- takes  the Arrow tables registered as `told_runs` (run_id), `told_producers` (producer_id), `told_traces` (trace_id)
-- gives  more of store.dirty_runs; temp table touched_traces (trace_id)
INSERT INTO store.dirty_runs
SELECT run_id FROM told_runs
UNION
SELECT DISTINCT p.run_id FROM producers p SEMI JOIN told_producers USING (producer_id);
CREATE OR REPLACE TEMP TABLE touched_traces AS SELECT trace_id FROM told_traces;
