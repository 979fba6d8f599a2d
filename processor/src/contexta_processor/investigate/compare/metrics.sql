-- compare_metrics: every figure of two runs, side by side.
-- takes  $baseline, $candidate  run ids
-- gives  one row per (name, scope, stage, operation, slice, aggregation) known to either, scopes other than sample:
--        …_value, …_unit, …_higher_is_better, …_sample_count, …_parts (how many batches it was made of) for either
--        side; _parts is NULL where the side doesn't have it (a missing figure is not zero)
-- order  name, scope, stage, operation, slice, aggregation
--
-- A value without a step is the figure itself; among values with one the last step counts, then the latest.
-- Batches are put together as the metric says it was aggregated; percentiles of several can't be: value NULL.
WITH told AS (
  SELECT run_id, name, scope, stage, CASE scope WHEN 'operation' THEN operation END AS operation, slice, aggregation,
         CASE scope WHEN 'batch' THEN batch_id WHEN 'deployment' THEN deployment_id END AS part,
         value, unit, higher_is_better, sample_count, step, epoch, occurred_at
  FROM metrics WHERE run_id IN ($baseline, $candidate) AND scope <> 'sample'
), last_told AS (
  SELECT *, row_number() OVER (PARTITION BY run_id, name, scope, stage, operation, slice, aggregation, part
                               ORDER BY step IS NULL DESC, step DESC, epoch DESC NULLS LAST, occurred_at DESC NULLS LAST, value DESC) AS place
  FROM told
), figure AS (
  SELECT run_id, name, scope, stage, operation, slice, aggregation,
         CASE WHEN count(*) = 1 THEN max(value)
              WHEN aggregation = 'sum' THEN list_sum(list(value ORDER BY value))
              WHEN aggregation = 'min' THEN min(value)
              WHEN aggregation = 'max' THEN max(value)
              WHEN aggregation IS NULL OR aggregation IN ('last', 'mean') THEN list_avg(list(value ORDER BY value)) END AS value,
         CASE WHEN count(DISTINCT unit) <= 1 THEN max(unit) ELSE 'mixed' END AS unit,
         CASE WHEN count(DISTINCT higher_is_better) = 1 THEN bool_and(higher_is_better) END AS higher_is_better,
         sum(sample_count)::BIGINT AS sample_count, count(*) AS parts
  FROM last_told WHERE place = 1
  GROUP BY run_id, name, scope, stage, operation, slice, aggregation
), b AS (SELECT * FROM figure WHERE run_id = $baseline),
   c AS (SELECT * FROM figure WHERE run_id = $candidate)
SELECT coalesce(b.name, c.name) AS name, coalesce(b.scope, c.scope) AS scope, coalesce(b.stage, c.stage) AS stage,
       coalesce(b.operation, c.operation) AS operation, coalesce(b.slice, c.slice) AS slice,
       coalesce(b.aggregation, c.aggregation) AS aggregation,
       b.value AS baseline_value, b.unit AS baseline_unit, b.higher_is_better AS baseline_higher_is_better,
       b.sample_count AS baseline_sample_count, b.parts AS baseline_parts,
       c.value AS candidate_value, c.unit AS candidate_unit, c.higher_is_better AS candidate_higher_is_better,
       c.sample_count AS candidate_sample_count, c.parts AS candidate_parts
FROM b FULL JOIN c
  ON b.name = c.name AND b.scope = c.scope AND b.stage IS NOT DISTINCT FROM c.stage
 AND b.operation IS NOT DISTINCT FROM c.operation AND b.slice IS NOT DISTINCT FROM c.slice
 AND b.aggregation IS NOT DISTINCT FROM c.aggregation
ORDER BY ALL
