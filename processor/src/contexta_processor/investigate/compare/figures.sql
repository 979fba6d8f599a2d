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
  FROM metrics
  WHERE list_contains($runs, run_id) AND run_id BETWEEN list_min($runs) AND list_max($runs)  -- the range skips what is elsewhere
    AND scope <> 'sample'
), placed AS (
  SELECT *, row_number() OVER (PARTITION BY run_id, name, scope, stage, operation, slice, aggregation, part
                               ORDER BY step IS NULL DESC, step DESC, epoch DESC NULLS LAST, occurred_at DESC NULLS LAST, value DESC) AS place,
         CASE WHEN NOT isnan(value) THEN value END AS number
  FROM told
), fold AS (
  SELECT DISTINCT run_id, batch_id FROM batches WHERE run_id IN ($baseline, $candidate) AND batch_type = 'fold'
), figure AS (  -- lists are sorted where they are used: an ordered aggregate sorts once a group, and costs ten times that
  SELECT p.run_id, name, scope, stage, operation, slice, aggregation,
         count(*) FILTER (place = 1) AS parts, max(value) FILTER (place = 1) AS largest, min(value) FILTER (place = 1) AS smallest,
         list(value) FILTER (place = 1) AS finals,
         min(unit) FILTER (place = 1) AS unit, max(unit) FILTER (place = 1) AS other_unit,
         bool_and(higher_is_better) FILTER (place = 1) AS higher_is_better, bool_or(higher_is_better) FILTER (place = 1) AS or_higher,
         sum(sample_count) FILTER (place = 1) AS sample_count, max(stddev) FILTER (place = 1) AS stddev,
         min(scorer) FILTER (place = 1) AS scorer, max(scorer) FILTER (place = 1) AS other_scorer,
         list({'part': part, 'value': value}) FILTER (place = 1 AND f.batch_id IS NOT NULL) AS folds,
         count(*) AS points, min(number) AS low, max(number) AS high
  FROM placed p LEFT JOIN fold f ON f.run_id = p.run_id AND f.batch_id = p.part AND scope = 'batch'
  GROUP BY p.run_id, name, scope, stage, operation, slice, aggregation
)
SELECT run_id, name, scope, stage, operation, slice, aggregation,
       CASE WHEN parts = 1 THEN largest
            WHEN aggregation = 'sum' THEN list_sum(list_sort(finals))
            WHEN aggregation = 'min' THEN smallest
            WHEN aggregation = 'max' THEN largest
            WHEN aggregation IS NULL OR aggregation IN ('last', 'mean') THEN list_avg(list_sort(finals)) END AS value,
       CASE WHEN unit IS NOT DISTINCT FROM other_unit THEN unit ELSE 'mixed' END AS unit,
       CASE WHEN higher_is_better = or_higher THEN higher_is_better END AS higher_is_better,
       sample_count::BIGINT AS sample_count, CASE WHEN parts = 1 THEN stddev END AS stddev,
       CASE WHEN scorer IS NOT DISTINCT FROM other_scorer THEN scorer ELSE 'several' END AS scorer, parts,
       list_transform(list_sort(folds), lambda each: each.part) AS folds,
       list_transform(list_sort(folds), lambda each: each.value) AS fold_values,
       points, low, high
FROM figure
ORDER BY name, scope, stage, operation, slice, aggregation, run_id
