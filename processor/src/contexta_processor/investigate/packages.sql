-- packages: which packages did a run have?
-- takes  $run_id
-- gives  one row per package: name, version
-- order  name
SELECT name, version FROM packages WHERE run_id = $run_id ORDER BY name
