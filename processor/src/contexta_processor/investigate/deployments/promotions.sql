-- promotions: what was decided about bringing artifacts into environments?
-- takes  $artifact_id, $environment (NULL for any)
-- gives  one row per decision: artifact_id, from_environment, to_environment, decision, report_id, decided_by, run_id, occurred_at
-- order  environment, newest first, artifact_id
SELECT artifact_id, from_environment, to_environment, decision, report_id, decided_by, run_id, occurred_at
FROM promotions
WHERE ($artifact_id IS NULL OR artifact_id = $artifact_id) AND ($environment IS NULL OR to_environment = $environment)
ORDER BY to_environment NULLS LAST, occurred_at DESC NULLS LAST, artifact_id, decision, decided_by
