-- production_drift: which figures of a deployment are measured against a reference, and how far are they from it?
-- takes  $deployment_id
-- gives  one row per figure (name, slice, unit, aggregation) and reference: points, first_value, value (the last), low, high (NaN left
--        out), occurred_at (of the last), higher_is_better, captured_by; reference_run (the run that is, or that made, the reference),
--        reference_value (where that run ended with the same figure; NULL where it has none)
-- order  name, slice, aggregation, unit, reference
WITH mine AS (
  SELECT *, row_number() OVER (PARTITION BY name, slice, unit, aggregation, reference ORDER BY occurred_at DESC NULLS LAST, step DESC NULLS LAST, value DESC) AS from_last,
         row_number() OVER (PARTITION BY name, slice, unit, aggregation, reference ORDER BY occurred_at NULLS LAST, step NULLS LAST, value) AS from_first
  FROM metrics WHERE deployment_id = $deployment_id AND reference IS NOT NULL
), figures AS (
  SELECT name, slice, unit, aggregation, reference, count(*) AS points,
         max(CASE WHEN from_first = 1 THEN value END) AS first_value, max(CASE WHEN from_last = 1 THEN value END) AS value,
         min(CASE WHEN isnan(value) THEN NULL ELSE value END) AS low, max(CASE WHEN isnan(value) THEN NULL ELSE value END) AS high,
         max(occurred_at) AS occurred_at, bool_or(higher_is_better) AS higher_is_better, min(captured_by) AS captured_by
  FROM mine GROUP BY name, slice, unit, aggregation, reference
), sources AS (
  SELECT n.reference, coalesce(r.run_id, a.run_id) AS run_id
  FROM (SELECT DISTINCT reference FROM figures) n
  LEFT JOIN runs r ON r.run_id = n.reference
  LEFT JOIN artifacts a ON a.artifact_id = n.reference
), ended AS (
  SELECT s.reference, m.name, m.slice, m.value,
         row_number() OVER (PARTITION BY s.reference, m.name, m.slice
                            ORDER BY m.step DESC NULLS LAST, m.occurred_at DESC NULLS LAST, m.value DESC NULLS LAST) AS place
  FROM sources s JOIN metrics m ON m.run_id = s.run_id
  WHERE m.name IN (SELECT name FROM figures) AND m.sample_id IS NULL AND m.deployment_id IS DISTINCT FROM $deployment_id
)
SELECT f.*, s.run_id AS reference_run, e.value AS reference_value
FROM figures f
LEFT JOIN sources s ON s.reference = f.reference
LEFT JOIN ended e ON e.reference = f.reference AND e.name = f.name AND e.slice IS NOT DISTINCT FROM f.slice AND e.place = 1
ORDER BY f.name, f.slice NULLS FIRST, f.aggregation NULLS FIRST, f.unit NULLS FIRST, f.reference
