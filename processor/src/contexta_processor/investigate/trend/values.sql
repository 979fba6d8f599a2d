-- trend_values: where did a metric end up in each run?
-- takes  $name, $project, $run_type, $stage, $slice, $scope (NULL for any), $last (of each project and type; NULL for all)
-- gives  one row per run and address: run_id, scope, stage, operation, slice, unit, aggregation, attributes (of an OpenTelemetry
--        point, where a run has several sets of them), value, higher_is_better, sample_count, stddev, reference, parts (how many
--        batches or deployments it was made of), step, occurred_at
-- order  run_id, scope, stage, operation, slice, unit, aggregation, attributes
--
-- The run's final value: one without a step is the figure itself; among values with one the last step counts, then the
-- latest. Batches are put together as the metric says it was aggregated; percentiles of several can't be: value NULL.
WITH ranked AS (
  SELECT run_id,
         row_number() OVER (PARTITION BY project, run_type ORDER BY coalesce(started_at, first_seen_at) DESC NULLS LAST, run_id DESC) AS place
  FROM runs
  WHERE ($project IS NULL OR project = $project) AND ($run_type IS NULL OR run_type = $run_type)
), told AS (
  SELECT m.run_id, m.scope, m.stage, CASE m.scope WHEN 'operation' THEN m.operation END AS operation, m.slice, m.unit, m.aggregation,
         CASE m.scope WHEN 'batch' THEN m.batch_id WHEN 'deployment' THEN m.deployment_id END AS part,
         nullif(replace(regexp_replace(m.attributes, '"otlp\.[^"]*":"[^"]*",?', '', 'g'), ',}', '}'), '{}') AS attributes,
         m.value, m.higher_is_better, m.sample_count, m.stddev, m.reference, m.step, m.epoch, m.occurred_at
  FROM metrics m
  WHERE m.name = $name AND m.scope <> 'sample' AND ($stage IS NULL OR m.stage = $stage) AND ($slice IS NULL OR m.slice = $slice)
    AND ($scope IS NULL OR m.scope = $scope)
    AND m.run_id IN (SELECT run_id FROM ranked WHERE $last IS NULL OR place <= $last)
), counted AS (
  SELECT scope, stage, operation, slice, unit, aggregation, max(sets) AS sets
  FROM (SELECT scope, stage, operation, slice, unit, aggregation, count(DISTINCT coalesce(attributes, '')) AS sets
        FROM told GROUP BY run_id, scope, stage, operation, slice, unit, aggregation, part)
  GROUP BY ALL
), keyed AS (
  SELECT t.* REPLACE (CASE WHEN c.sets BETWEEN 2 AND 64 THEN t.attributes END AS attributes)
  FROM told t JOIN counted c
    ON t.scope = c.scope AND t.stage IS NOT DISTINCT FROM c.stage AND t.operation IS NOT DISTINCT FROM c.operation
   AND t.slice IS NOT DISTINCT FROM c.slice AND t.unit IS NOT DISTINCT FROM c.unit AND t.aggregation IS NOT DISTINCT FROM c.aggregation
), placed AS (
  SELECT *, row_number() OVER (PARTITION BY run_id, scope, stage, operation, slice, unit, aggregation, attributes, part
                               ORDER BY step IS NULL DESC, step DESC, epoch DESC NULLS LAST, occurred_at DESC NULLS LAST, value DESC) AS place
  FROM keyed
)
SELECT run_id, scope, stage, operation, slice, unit, aggregation, attributes,
       CASE WHEN count(*) = 1 THEN max(value)
            WHEN aggregation = 'sum' THEN list_sum(list(value ORDER BY value))
            WHEN aggregation = 'min' THEN min(value)
            WHEN aggregation = 'max' THEN max(value)
            WHEN aggregation IS NULL OR aggregation IN ('last', 'mean') THEN list_avg(list(value ORDER BY value)) END AS value,
       CASE WHEN count(DISTINCT higher_is_better) = 1 THEN bool_and(higher_is_better) END AS higher_is_better,
       sum(sample_count)::BIGINT AS sample_count, CASE WHEN count(*) = 1 THEN max(stddev) END AS stddev,
       CASE WHEN count(DISTINCT reference) = 1 THEN max(reference) END AS reference,
       count(*) AS parts, max(step) AS step, max(occurred_at) AS occurred_at
FROM placed WHERE place = 1
GROUP BY run_id, scope, stage, operation, slice, unit, aggregation, attributes
ORDER BY ALL
