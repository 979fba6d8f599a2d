-- export/traces: where in the original telemetry a few runs are.
-- takes  $runs  run ids
-- gives  trace_id of every trace with a span of them; producer_id of every process that emitted for them
-- order  none
SELECT trace_id, NULL AS producer_id FROM spans WHERE run_id IN (SELECT unnest($runs::VARCHAR[]))
UNION
SELECT NULL, producer_id FROM producers WHERE run_id IN (SELECT unnest($runs::VARCHAR[]))
