-- figures: where did each metric of these runs end up?
-- takes  $runs  run ids
-- gives  one row per run, metric, scope, stage, operation, slice, unit and aggregation: run_id, name, scope, stage, operation, slice, unit,
--        aggregation, value (the last one), points (how many there are), step, higher_is_better
-- order  run_id, stage, operation, name, scope, slice, unit, aggregation
-- last   highest step, then latest, then highest value; never the order in which they came. Those of batches and samples are left out.
WITH mine AS (
  SELECT run_id, name, scope, stage, operation, slice, unit, aggregation, value, step, higher_is_better, occurred_at
  FROM metrics
  WHERE run_id IN (SELECT unnest($runs::VARCHAR[])) AND scope NOT IN ('batch', 'sample') AND batch_id IS NULL AND sample_id IS NULL
), ends AS (
  SELECT run_id, name, scope, stage, operation, slice, unit, aggregation, max(step) AS step, count(*) AS points
  FROM mine GROUP BY run_id, name, scope, stage, operation, slice, unit, aggregation
), placed AS (
  SELECT m.*, e.points,
         row_number() OVER (PARTITION BY m.run_id, m.name, m.scope, m.stage, m.operation, m.slice, m.unit, m.aggregation
                            ORDER BY m.occurred_at DESC NULLS LAST, m.value DESC NULLS LAST) AS place
  FROM mine m JOIN ends e
    ON m.run_id = e.run_id AND m.name = e.name AND m.scope = e.scope AND m.stage IS NOT DISTINCT FROM e.stage
   AND m.operation IS NOT DISTINCT FROM e.operation AND m.slice IS NOT DISTINCT FROM e.slice AND m.unit IS NOT DISTINCT FROM e.unit
   AND m.aggregation IS NOT DISTINCT FROM e.aggregation AND m.step IS NOT DISTINCT FROM e.step
)
SELECT run_id, name, scope, stage, operation, slice, unit, aggregation, value, points, step, higher_is_better
FROM placed WHERE place = 1
ORDER BY run_id, stage NULLS FIRST, operation NULLS FIRST, name, scope, slice NULLS FIRST, unit NULLS FIRST, aggregation NULLS FIRST
