-- markers: which degraded markers do these runs carry?
-- takes  $runs  run ids
-- gives  one row per marker: run_id, stage, subject, reason, category, severity, detail, remedy, expected_count, observed_count,
--        detected_by, occurred_at
-- order  run_id, category, reason, stage, subject, occurred_at, detail
SELECT run_id, stage, subject, reason, category, severity, detail, remedy, expected_count, observed_count, detected_by, occurred_at
FROM degraded_markers WHERE run_id IN (SELECT unnest($runs::VARCHAR[]))
ORDER BY run_id, category, reason, stage NULLS FIRST, subject NULLS FIRST, occurred_at, detail
