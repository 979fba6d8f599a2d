-- completeness: how whole is each of the eight layers of a run's evidence?
-- takes  $run_id
-- gives  one row per layer: layer, status (complete, partial, absent, unknown), detail
-- order  layer
SELECT layer, status, detail FROM completeness WHERE run_id = $run_id ORDER BY layer
