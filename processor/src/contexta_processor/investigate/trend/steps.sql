-- trend_steps: every value of a metric in one run.
-- takes  $name, $run_id, $stage, $slice, $scope (NULL for any)
-- gives  one row per value that stands: scope, stage, operation, slice, unit, aggregation, attributes, batch_id, step, epoch, value,
--        higher_is_better, sample_count, stddev, reference, occurred_at, repeated (how many others were told for the same step)
-- order  scope, stage, operation, slice, unit, aggregation, attributes, batch_id, step, occurred_at, epoch, value
--
-- Of several values of one step (a resumed run tells some again) the latest stands; values without a step all do.
WITH told AS (
  SELECT scope, stage, CASE scope WHEN 'operation' THEN operation END AS operation, slice, unit, aggregation,
         nullif(replace(regexp_replace(attributes, '"otlp\.[^"]*":"[^"]*",?', '', 'g'), ',}', '}'), '{}') AS attributes,
         CASE scope WHEN 'batch' THEN batch_id END AS batch_id, step, epoch, value, higher_is_better, sample_count, stddev, reference, occurred_at
  FROM metrics
  WHERE run_id = $run_id AND name = $name AND scope <> 'sample' AND ($stage IS NULL OR stage = $stage)
    AND ($slice IS NULL OR slice = $slice) AND ($scope IS NULL OR scope = $scope)
), counted AS (
  SELECT scope, stage, operation, slice, unit, aggregation, count(DISTINCT coalesce(attributes, '')) AS sets FROM told GROUP BY ALL
), keyed AS (
  SELECT t.* REPLACE (CASE WHEN c.sets BETWEEN 2 AND 64 THEN t.attributes END AS attributes)
  FROM told t JOIN counted c
    ON t.scope = c.scope AND t.stage IS NOT DISTINCT FROM c.stage AND t.operation IS NOT DISTINCT FROM c.operation
   AND t.slice IS NOT DISTINCT FROM c.slice AND t.unit IS NOT DISTINCT FROM c.unit AND t.aggregation IS NOT DISTINCT FROM c.aggregation
), placed AS (
  SELECT *,
         row_number() OVER same AS place,
         count(*) OVER (PARTITION BY scope, stage, operation, slice, unit, aggregation, attributes, batch_id, step) - 1 AS repeated
  FROM keyed
  WINDOW same AS (PARTITION BY scope, stage, operation, slice, unit, aggregation, attributes, batch_id, step
                  ORDER BY occurred_at DESC NULLS LAST, epoch DESC NULLS LAST, value DESC)
)
SELECT scope, stage, operation, slice, unit, aggregation, attributes, batch_id, step, epoch, value, higher_is_better, sample_count, stddev,
       reference, occurred_at, CASE WHEN step IS NULL THEN 0 ELSE repeated END AS repeated
FROM placed WHERE place = 1 OR step IS NULL
ORDER BY scope, stage, operation, slice, unit, aggregation, attributes, step NULLS LAST, occurred_at, batch_id, epoch, value
