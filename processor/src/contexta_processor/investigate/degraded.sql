-- degraded: what is known to be missing or doubtful in a run's evidence?
-- takes  $run_id
-- gives  one row per marker: stage, subject, reason, category, severity, detail, remedy, expected_count, observed_count,
--        detected_by, occurred_at, captured_by
-- order  most severe first, then stage, reason, subject, time
SELECT stage, subject, reason, category, severity, detail, remedy, expected_count, observed_count, detected_by, occurred_at, captured_by
FROM degraded_markers WHERE run_id = $run_id
ORDER BY CASE severity WHEN 'error' THEN 0 WHEN 'warning' THEN 1 WHEN 'info' THEN 2 ELSE 3 END,
         stage NULLS FIRST, reason, subject, occurred_at, detail
