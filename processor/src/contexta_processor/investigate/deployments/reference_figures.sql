-- reference_figures: where did these runs end with figures of these names?
-- takes  $runs, $names; $deployment_id  whose own values are left out
-- gives  one row per run, name, slice, unit and aggregation: run_id, name, slice, unit (1 where none was told), aggregation (last where none was
--        told), value
-- order  run_id, name, slice, unit, aggregation
WITH told AS (
  SELECT run_id, name, slice, coalesce(unit, '1') AS unit, coalesce(aggregation, 'last') AS aggregation, value, step, occurred_at
  FROM metrics
  WHERE run_id IN (SELECT unnest($runs::VARCHAR[])) AND name IN (SELECT unnest($names::VARCHAR[])) AND sample_id IS NULL
    AND deployment_id IS DISTINCT FROM $deployment_id
), ended AS (
  SELECT *, row_number() OVER (PARTITION BY run_id, name, slice, unit, aggregation
                               ORDER BY step DESC NULLS LAST, occurred_at DESC NULLS LAST, value DESC NULLS LAST) AS place
  FROM told
)
SELECT run_id, name, slice, unit, aggregation, value FROM ended WHERE place = 1
ORDER BY run_id, name, slice NULLS FIRST, unit, aggregation
