-- production_drift: which figures of a deployment are measured against a reference, and how did they go?
-- takes  $deployment_id
-- gives  one row per figure (name, slice, unit, aggregation) and reference: points, first_value, value (the last), low, high (NaN left
--        out), occurred_at (of the last), higher_is_better, captured_by
-- order  name, slice, aggregation, unit, reference
WITH mine AS (
  SELECT *, row_number() OVER (PARTITION BY name, slice, unit, aggregation, reference ORDER BY occurred_at DESC NULLS LAST, step DESC NULLS LAST, value DESC) AS from_last,
         row_number() OVER (PARTITION BY name, slice, unit, aggregation, reference ORDER BY occurred_at NULLS LAST, step NULLS LAST, value) AS from_first
  FROM metrics WHERE deployment_id = $deployment_id AND reference IS NOT NULL
)
SELECT name, slice, unit, aggregation, reference, count(*) AS points,
       max(CASE WHEN from_first = 1 THEN value END) AS first_value, max(CASE WHEN from_last = 1 THEN value END) AS value,
       min(CASE WHEN isnan(value) THEN NULL ELSE value END) AS low, max(CASE WHEN isnan(value) THEN NULL ELSE value END) AS high,
       max(occurred_at) AS occurred_at, bool_or(higher_is_better) AS higher_is_better, min(captured_by) AS captured_by
FROM mine GROUP BY name, slice, unit, aggregation, reference
ORDER BY name, slice NULLS FIRST, aggregation NULLS FIRST, unit NULLS FIRST, reference
