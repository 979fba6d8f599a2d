-- deployments: what was deployed where, on which evidence, and when was it live?
-- takes  $deployment_id, $environment (NULL for any)
-- gives  one row per deployment: its columns; live_from and live_until (lists of Unix nanoseconds: the stretches of time it was live, in order; a last
--        live_until of NULL: still); previous; approved_by; check_names and check_results
-- order  environment, newest first, deployment_id
-- previous     what was live before it: what it took the place of when it last came up; of one that never did what was live at its time
-- approved_by  who decided the newest promotion of its artifact to its environment that is no newer than it, if that was approved
WITH lives AS (
  FROM store.deployment_lives
), stretches AS (
  SELECT deployment_id, list(epoch_ns(live_from) ORDER BY live_from) AS live_from, list(epoch_ns(live_until) ORDER BY live_from) AS live_until,
         bool_or(live_until IS NULL) AS active, max(CASE WHEN arrived THEN live_from END) AS up_from
  FROM lives GROUP BY deployment_id
), asked AS (
  SELECT m.*, l.live_from, l.live_until, coalesce(l.active, false) AS active, l.up_from,
         coalesce(l.up_from, m.completed_at, m.started_at) AS at,
         CASE WHEN m.environment IS NULL OR m.promoted_artifact IS NULL THEN 'partial' ELSE 'complete' END AS completeness,
         'direct' AS confidence
  FROM store.merged_deployments m LEFT JOIN stretches l ON l.deployment_id = m.deployment_id
  WHERE ($deployment_id IS NULL OR m.deployment_id = $deployment_id)
    AND ($environment IS NULL OR m.environment = $environment)
), before AS (
  SELECT m.deployment_id, i.deployment_id AS previous
  FROM asked m JOIN lives i ON i.environment = m.environment AND i.live_until = m.up_from
  WHERE m.up_from IS NOT NULL AND i.deployment_id <> m.deployment_id
  UNION ALL
  SELECT m.deployment_id, i.deployment_id
  FROM asked m JOIN lives i ON i.environment = m.environment
   AND i.live_from < m.at AND (i.live_until IS NULL OR i.live_until >= m.at)
  WHERE m.up_from IS NULL
), decided AS (
  SELECT m.deployment_id, p.decision, p.decided_by,
         row_number() OVER (PARTITION BY m.deployment_id ORDER BY p.occurred_at DESC NULLS LAST, p.decision DESC, p.decided_by) AS place
  FROM asked m JOIN promotions p ON p.artifact_id = m.promoted_artifact AND p.to_environment = m.environment
  WHERE p.occurred_at IS NULL OR m.at IS NULL OR p.occurred_at <= m.at
), checked AS (
  SELECT deployment_id, list(name ORDER BY name) AS check_names, list(result ORDER BY name) AS check_results
  FROM deployment_checks WHERE $deployment_id IS NULL OR deployment_id = $deployment_id GROUP BY deployment_id
)
SELECT m.deployment_id, m.environment, m.status, m.started_at, m.completed_at, m.promoted_artifact, m.source_run,
       m.supporting_report, m.active, m.completeness, m.captured_by, m.confidence, m.live_from, m.live_until,
       b.previous, CASE WHEN d.decision = 'approved' THEN d.decided_by END AS approved_by, c.check_names, c.check_results
FROM asked m
LEFT JOIN (SELECT deployment_id, max(previous) AS previous FROM before GROUP BY deployment_id) b ON b.deployment_id = m.deployment_id
LEFT JOIN decided d ON d.deployment_id = m.deployment_id AND d.place = 1
LEFT JOIN checked c ON c.deployment_id = m.deployment_id
ORDER BY m.environment NULLS LAST, coalesce(m.completed_at, m.started_at) DESC NULLS LAST, m.deployment_id
