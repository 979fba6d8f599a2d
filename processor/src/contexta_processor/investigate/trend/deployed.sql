-- trend_deployed: what did the services of deployments measure, over time?
-- takes  $name, $project, $environment, $slice (NULL for any), $last (of each address; NULL for all); $deployments, $environments, $projects: what is
--        known of deployments, three lists side by side
-- gives  one row per value of no run: environment, deployment_id, project (of the run the deployment came from; NULL if not known),
--        scope, operation, slice, unit, aggregation, attributes, value, higher_is_better, sample_count, stddev, reference, occurred_at,
--        total (how many there are of the address)
-- order  project, environment, scope, operation, slice, unit, aggregation, attributes, occurred_at, deployment_id, value
WITH placed_in AS (
  SELECT unnest($deployments::VARCHAR[]) AS deployment_id, unnest($environments::VARCHAR[]) AS environment, unnest($projects::VARCHAR[]) AS project
), told AS (
  SELECT d.environment, m.deployment_id, d.project, m.scope, CASE m.scope WHEN 'operation' THEN m.operation END AS operation, m.slice,
         m.unit, m.aggregation,
         nullif(replace(regexp_replace(m.attributes, '"otlp\.[^"]*":"[^"]*",?', '', 'g'), ',}', '}'), '{}') AS attributes,
         m.value, m.higher_is_better, m.sample_count, m.stddev, m.reference, m.occurred_at
  FROM metrics m LEFT JOIN placed_in d USING (deployment_id)
  WHERE m.name = $name AND m.run_id IS NULL AND m.deployment_id IS NOT NULL AND m.scope <> 'sample' AND ($slice IS NULL OR m.slice = $slice)
    AND ($project IS NULL OR d.project = $project) AND ($environment IS NULL OR d.environment = $environment)
), placed AS (
  SELECT *, count(*) OVER same AS total, row_number() OVER (same ORDER BY occurred_at DESC NULLS LAST, deployment_id, value) AS place
  FROM told
  WINDOW same AS (PARTITION BY project, environment, scope, operation, slice, unit, aggregation, attributes)
)
SELECT * EXCLUDE (place) FROM placed WHERE $last IS NULL OR place <= $last
ORDER BY project NULLS LAST, environment NULLS LAST, scope, operation, slice, unit, aggregation, attributes, occurred_at NULLS LAST, deployment_id, value
