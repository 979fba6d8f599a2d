-- deployments: what was deployed where, on which evidence, and when was it live?
-- takes  $deployment_id, $environment (NULL for any)
-- gives  one row per deployment: its columns; live_from and live_until (lists of Unix nanoseconds: the stretches of time it was live, in order; a last
--        live_until of NULL: still); previous; approved_by; check_names and check_results
-- order  environment, newest first, deployment_id
-- previous     what was live before it: what it took the place of when it last came up; of one that never came up what was live at its time
-- approved_by  who decided the newest promotion of its artifact to its environment that is no newer than it, if that was approved
WITH intervals AS (
  FROM deployment_intervals
), asked AS (
  SELECT m.*, i.deployment_id IS NOT NULL AS active,
         CASE WHEN m.environment IS NULL OR m.promoted_artifact IS NULL THEN 'partial' ELSE 'complete' END AS completeness,
         'direct' AS confidence
  FROM store.merged_deployments m LEFT JOIN (FROM intervals WHERE live_until IS NULL) i ON i.deployment_id = m.deployment_id
  WHERE ($deployment_id IS NULL OR m.deployment_id = $deployment_id)
    AND ($environment IS NULL OR m.environment = $environment)
), lives AS (
  SELECT deployment_id, list(epoch_ns(live_from) ORDER BY live_from) AS live_from, list(epoch_ns(live_until) ORDER BY live_from) AS live_until
  FROM intervals GROUP BY deployment_id
), came AS (
  SELECT deployment_id, max(up_from) AS up_from FROM store.deployment_turns GROUP BY deployment_id
), moments AS (
  SELECT a.*, c.up_from, coalesce(c.up_from, a.completed_at, a.started_at) AS at
  FROM asked a LEFT JOIN came c ON c.deployment_id = a.deployment_id
), before AS (
  SELECT m.deployment_id, i.deployment_id AS previous
  FROM moments m JOIN intervals i ON i.environment = m.environment AND i.live_until = m.up_from
  WHERE m.up_from IS NOT NULL AND i.deployment_id <> m.deployment_id
  UNION ALL
  SELECT m.deployment_id, i.deployment_id
  FROM moments m JOIN intervals i ON i.environment = m.environment
   AND i.live_from < m.at AND (i.live_until IS NULL OR i.live_until >= m.at)
  WHERE m.up_from IS NULL
), decided AS (
  SELECT m.deployment_id, p.decision, p.decided_by,
         row_number() OVER (PARTITION BY m.deployment_id ORDER BY p.occurred_at DESC NULLS LAST, p.decision DESC, p.decided_by) AS place
  FROM moments m JOIN promotions p ON p.artifact_id = m.promoted_artifact AND p.to_environment = m.environment
  WHERE p.occurred_at IS NULL OR m.at IS NULL OR p.occurred_at <= m.at
), checked AS (
  SELECT deployment_id, list(name ORDER BY name) AS check_names, list(result ORDER BY name) AS check_results
  FROM deployment_checks GROUP BY deployment_id
)
SELECT m.deployment_id, m.environment, m.status, m.started_at, m.completed_at, m.promoted_artifact, m.source_run,
       m.supporting_report, m.active, m.completeness, m.captured_by, m.confidence, l.live_from, l.live_until,
       b.previous, CASE WHEN d.decision = 'approved' THEN d.decided_by END AS approved_by, c.check_names, c.check_results
FROM moments m
LEFT JOIN lives l ON l.deployment_id = m.deployment_id
LEFT JOIN (SELECT deployment_id, max(previous) AS previous FROM before GROUP BY deployment_id) b ON b.deployment_id = m.deployment_id
LEFT JOIN decided d ON d.deployment_id = m.deployment_id AND d.place = 1
LEFT JOIN checked c ON c.deployment_id = m.deployment_id
ORDER BY m.environment NULLS LAST, coalesce(m.completed_at, m.started_at) DESC NULLS LAST, m.deployment_id
