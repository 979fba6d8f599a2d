-- compare_figures: the figures that some runs reported, one a run.
-- takes  $baseline, $candidate  run ids; $runs  the runs to read: these two and earlier ones
-- gives  one row per run_id and (name, scope, stage, operation, slice, aggregation), scopes other than sample: value, unit,
--        higher_is_better, sample_count, stddev, scorer, parts (how many batches it was made of), folds and fold_values
--        (of the two runs: batches of type fold and their values), points, low, high (over all steps; NaN left out)
-- order  name, scope, stage, operation, slice, aggregation, run_id
--
-- A value without a step is the figure itself; among values with one the last step counts, then the latest.
-- Batches are put together as the metric says it was aggregated; percentiles of several can't be: value NULL.
WITH told AS (
  SELECT run_id, name, scope, stage, CASE scope WHEN 'operation' THEN operation END AS operation, slice, aggregation,
         CASE scope WHEN 'batch' THEN batch_id WHEN 'deployment' THEN deployment_id END AS part,
         value, unit, higher_is_better, sample_count, stddev, step, epoch, occurred_at,
         coalesce(attributes ->> '$."contexta.metric.scorer"', attributes ->> '$.scorer', attributes ->> '$.judge', attributes ->> '$.evaluator') AS scorer
  FROM metrics WHERE list_contains($runs, run_id) AND scope <> 'sample'
), placed AS (
  SELECT *, row_number() OVER (PARTITION BY run_id, name, scope, stage, operation, slice, aggregation, part
                               ORDER BY step IS NULL DESC, step DESC, epoch DESC NULLS LAST, occurred_at DESC NULLS LAST, value DESC) AS place,
         count(*) OVER same AS points,
         min(CASE WHEN isnan(value) THEN NULL ELSE value END) OVER same AS low,
         max(CASE WHEN isnan(value) THEN NULL ELSE value END) OVER same AS high
  FROM told
  WINDOW same AS (PARTITION BY run_id, name, scope, stage, operation, slice, aggregation, part)
), fold AS (
  SELECT DISTINCT run_id, batch_id FROM batches WHERE run_id IN ($baseline, $candidate) AND batch_type = 'fold'
)
SELECT p.run_id, name, scope, stage, operation, slice, aggregation,
       CASE WHEN count(*) = 1 THEN max(value)
            WHEN aggregation = 'sum' THEN list_sum(list(value ORDER BY value))
            WHEN aggregation = 'min' THEN min(value)
            WHEN aggregation = 'max' THEN max(value)
            WHEN aggregation IS NULL OR aggregation IN ('last', 'mean') THEN list_avg(list(value ORDER BY value)) END AS value,
       CASE WHEN count(DISTINCT unit) <= 1 THEN max(unit) ELSE 'mixed' END AS unit,
       CASE WHEN count(DISTINCT higher_is_better) = 1 THEN bool_and(higher_is_better) END AS higher_is_better,
       sum(sample_count)::BIGINT AS sample_count, CASE WHEN count(*) = 1 THEN max(stddev) END AS stddev,
       CASE WHEN count(DISTINCT scorer) <= 1 THEN max(scorer) ELSE 'several' END AS scorer, count(*) AS parts,
       list(part ORDER BY part) FILTER (f.batch_id IS NOT NULL) AS folds,
       list(value ORDER BY part) FILTER (f.batch_id IS NOT NULL) AS fold_values,
       sum(points)::BIGINT AS points, min(low) AS low, max(high) AS high
FROM placed p LEFT JOIN fold f ON f.run_id = p.run_id AND f.batch_id = p.part AND scope = 'batch'
WHERE place = 1
GROUP BY p.run_id, name, scope, stage, operation, slice, aggregation
ORDER BY name, scope, stage, operation, slice, aggregation, p.run_id
