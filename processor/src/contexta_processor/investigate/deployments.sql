-- deployments: what was deployed where, on which evidence, and what is live now?
-- takes  $deployment_id, $environment (NULL for any)
-- gives  one row per deployment: its columns, active_from, active_until (when the next one that succeeded in its environment took
--        over), previous (what was live before it), approved_by (who decided its promotion), check_names and check_results
-- order  environment, newest first, deployment_id
WITH live AS (
  SELECT deployment_id, environment, coalesce(completed_at, started_at) AS active_from
  FROM deployments WHERE status = 'succeeded'
), turns AS (
  SELECT deployment_id, active_from,
         lead(active_from) OVER turn AS active_until, lag(deployment_id) OVER turn AS previous
  FROM live WHERE active_from IS NOT NULL
  WINDOW turn AS (PARTITION BY environment ORDER BY active_from, deployment_id)
), decided AS (
  SELECT d.deployment_id, p.decided_by,
         row_number() OVER (PARTITION BY d.deployment_id ORDER BY p.occurred_at DESC NULLS LAST, p.decided_by) AS place
  FROM deployments d JOIN promotions p
    ON p.artifact_id = d.promoted_artifact AND p.to_environment = d.environment
  WHERE p.decision = 'approved' AND p.decided_by IS NOT NULL
    AND (p.occurred_at IS NULL OR d.completed_at IS NULL OR p.occurred_at <= d.completed_at)
), checked AS (
  SELECT deployment_id, list(name ORDER BY name) AS check_names, list(result ORDER BY name) AS check_results
  FROM deployment_checks GROUP BY deployment_id
)
SELECT d.deployment_id, d.environment, d.status, d.started_at, d.completed_at, d.promoted_artifact, d.source_run,
       d.supporting_report, d.active, d.completeness, d.captured_by, d.confidence,
       t.active_from, t.active_until,
       -- one that never went live would replace what is live now
       CASE WHEN t.deployment_id IS NOT NULL THEN t.previous
            ELSE (SELECT max(l.deployment_id) FROM deployments l WHERE l.active AND l.environment IS NOT DISTINCT FROM d.environment)
       END AS previous,
       a.decided_by AS approved_by, c.check_names, c.check_results
FROM deployments d
LEFT JOIN turns t USING (deployment_id)
LEFT JOIN decided a ON a.deployment_id = d.deployment_id AND a.place = 1
LEFT JOIN checked c ON c.deployment_id = d.deployment_id
WHERE ($deployment_id IS NULL OR d.deployment_id = $deployment_id)
  AND ($environment IS NULL OR d.environment = $environment)
ORDER BY d.environment NULLS LAST, coalesce(d.completed_at, d.started_at) DESC NULLS LAST, d.deployment_id
