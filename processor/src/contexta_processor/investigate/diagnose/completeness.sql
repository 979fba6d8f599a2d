-- completeness: what do these runs have of the layers that say whether their evidence is whole?
-- takes  $runs  run ids
-- gives  one row per run and layer (execution_context, record_families): run_id, layer, status, detail
-- order  run_id, layer
SELECT run_id, layer, status, detail
FROM completeness
WHERE run_id IN (SELECT unnest($runs::VARCHAR[])) AND layer IN ('execution_context', 'record_families')
ORDER BY run_id, layer
