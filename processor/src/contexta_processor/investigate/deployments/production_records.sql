-- production_records: which events and measured values did the services of a deployment tell?
-- takes  $deployment_id
-- gives  one row: event_count, event_errors (of severity error or fatal), metric_points, metric_names (how many names), first_at, last_at
-- order  none
SELECT count(*) FILTER (kind = 'event') AS event_count, count(*) FILTER (kind = 'event' AND severity IN ('error', 'fatal')) AS event_errors,
       count(*) FILTER (kind = 'metric') AS metric_points, count(DISTINCT CASE WHEN kind = 'metric' THEN name END) AS metric_names,
       min(occurred_at) AS first_at, max(occurred_at) AS last_at
FROM (
  SELECT 'event' AS kind, name, severity, occurred_at FROM events WHERE deployment_id = $deployment_id
  UNION ALL
  SELECT 'metric', name, NULL, occurred_at FROM metrics WHERE deployment_id = $deployment_id
)
