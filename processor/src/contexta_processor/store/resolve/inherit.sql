-- inherit: one step down the tree. A row takes from the span it is on or under what its own address
-- leaves out, once that span's address is final; told values stay. Repeated until nothing changes, this gives
-- every row the address of its nearest ancestors, whatever came first.
-- takes  temp table touched_traces; {table}, {pointer}: the column that names the span
-- gives  the run ids that gained a row
UPDATE facts.{table} AS c SET
  run_id    = CASE WHEN {run_agrees} THEN p.run_id ELSE c.run_id END,
  project   = CASE WHEN {run_agrees} THEN coalesce(c.project, p.project) ELSE c.project END,
  stage     = CASE WHEN {run_agrees} THEN coalesce(c.stage, p.stage) ELSE c.stage END,
  operation = CASE WHEN {stage_agrees} THEN coalesce(c.operation, p.operation) ELSE c.operation END,
  batch_id  = CASE WHEN {stage_agrees} THEN coalesce(c.batch_id, p.batch_id) ELSE c.batch_id END,
  sample_id = CASE WHEN {stage_agrees} THEN coalesce(c.sample_id, p.sample_id) ELSE c.sample_id END,
  slices    = CASE WHEN {stage_agrees} THEN coalesce(c.slices, p.slices) ELSE c.slices END,
  claim = 'span'
FROM facts.spans AS p
WHERE c.trace_id = p.trace_id AND c.{pointer} = p.span_id
  AND NOT c.addressed AND c.claim IS DISTINCT FROM 'span'
  AND (p.addressed OR p.claim = 'span') AND NOT p.shadowed
  AND c.trace_id IN (SELECT trace_id FROM touched_traces)
RETURNING c.run_id;
