-- compare_members_degraded: what is known to be missing or doubtful in any of some runs?
-- takes  $runs  run ids
-- gives  run_id, stage, reason, category, severity (warning or error), detail, count
-- order  severity (error first), stage, reason, run_id
SELECT run_id, stage, reason, category, severity, min(detail) AS detail, count(*) AS count
FROM degraded_markers
WHERE list_contains($runs, run_id) AND severity <> 'info'
GROUP BY run_id, stage, reason, category, severity
ORDER BY severity = 'error' DESC, stage NULLS FIRST, reason, run_id
