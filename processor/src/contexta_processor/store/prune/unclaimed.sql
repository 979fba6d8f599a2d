-- unclaimed: which traces did no run claim, all of which was taken in before a time?
-- takes  $before
-- gives  temp table unclaimed_traces (trace_id): nothing in them names a run or a deployment, tells a record of ours, or came later
CREATE OR REPLACE TEMP TABLE unclaimed_traces AS
WITH candidates AS (
  SELECT trace_id FROM facts.spans WHERE run_id IS NULL AND taken_at < $before
  UNION SELECT trace_id FROM facts.events WHERE run_id IS NULL AND taken_at < $before AND trace_id IS NOT NULL
  UNION SELECT trace_id FROM facts.metrics WHERE run_id IS NULL AND taken_at < $before AND trace_id IS NOT NULL
  UNION SELECT trace_id FROM facts.samples WHERE run_id IS NULL AND taken_at < $before AND trace_id IS NOT NULL
), kept AS (
  SELECT trace_id FROM facts.spans SEMI JOIN candidates USING (trace_id)
  WHERE run_id IS NOT NULL OR deployment_id IS NOT NULL OR evidence_kind IS NOT NULL OR taken_at IS NULL OR taken_at >= $before
  UNION SELECT trace_id FROM facts.events SEMI JOIN candidates USING (trace_id)
  WHERE run_id IS NOT NULL OR deployment_id IS NOT NULL OR taken_at IS NULL OR taken_at >= $before
  UNION SELECT trace_id FROM facts.metrics SEMI JOIN candidates USING (trace_id)
  WHERE run_id IS NOT NULL OR deployment_id IS NOT NULL OR taken_at IS NULL OR taken_at >= $before
  UNION SELECT trace_id FROM facts.samples SEMI JOIN candidates USING (trace_id)
  WHERE run_id IS NOT NULL OR deployment_id IS NOT NULL OR taken_at IS NULL OR taken_at >= $before
  UNION SELECT trace_id FROM facts.records SEMI JOIN candidates USING (trace_id)
)
SELECT trace_id FROM candidates ANTI JOIN kept USING (trace_id);
