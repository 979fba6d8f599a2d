-- trend_inputs: what did these runs consume?
-- takes  $run_ids
-- gives  one row per run and artifact: run_id, artifact_id
-- order  run_id, artifact_id
SELECT DISTINCT from_id AS run_id, to_id AS artifact_id
FROM relationships WHERE from_id IN (SELECT unnest($run_ids::VARCHAR[])) AND type IN ('consumed', 'trained_on')
ORDER BY run_id, artifact_id
