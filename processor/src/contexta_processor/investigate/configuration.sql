-- configuration: with which values did a run run?
-- takes  $run_id
-- gives  one row per key: key, value (JSON text), source
-- order  key
SELECT key, value_json::VARCHAR AS value, source FROM configuration WHERE run_id = $run_id ORDER BY key
