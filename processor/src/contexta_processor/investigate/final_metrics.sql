-- final_metrics: where did each metric of a run end up?
-- takes  $run_id
-- gives  one row per metric, scope, stage, operation, slice, unit and aggregation: name, scope, stage, operation, slice, unit,
--        aggregation, value (the last one), points, low, high (over all of them; NaN left out), step, higher_is_better,
--        sample_count, stddev, occurred_at, captured_by, confidence
-- order  scope from run to sample, stage, operation, slice, name, unit, aggregation
-- last   highest step, then latest, then highest value; never the order in which they came
WITH placed AS (
  SELECT *,
         row_number() OVER (
           PARTITION BY name, scope, stage, operation, slice, unit, aggregation
           ORDER BY step DESC NULLS LAST, occurred_at DESC NULLS LAST, value DESC NULLS LAST, sample_id, batch_id
         ) AS place,
         count(*) OVER same AS points,
         min(CASE WHEN isnan(value) THEN NULL ELSE value END) OVER same AS low,
         max(CASE WHEN isnan(value) THEN NULL ELSE value END) OVER same AS high
  FROM metrics
  WHERE run_id = $run_id
  WINDOW same AS (PARTITION BY name, scope, stage, operation, slice, unit, aggregation)
)
SELECT name, scope, stage, operation, slice, unit, aggregation, value, points, low, high, step, higher_is_better,
       sample_count, stddev, occurred_at, captured_by, confidence
FROM placed WHERE place = 1
ORDER BY CASE scope WHEN 'run' THEN 0 WHEN 'stage' THEN 1 WHEN 'slice' THEN 2 WHEN 'operation' THEN 3 WHEN 'batch' THEN 4 ELSE 5 END,
         stage NULLS FIRST, operation NULLS FIRST, slice NULLS FIRST, name, unit, aggregation
