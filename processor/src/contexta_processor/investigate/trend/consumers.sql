-- trend_consumers: which runs are connected with an artifact?
-- takes  $artifact_id
-- gives  run_id, produced (whether it made it; else it consumed it)
-- order  produced first, run_id
SELECT run_id, max(produced) AS produced FROM (
  SELECT from_id AS run_id, TRUE AS produced FROM relationships WHERE to_id = $artifact_id AND type = 'produced' AND from_kind = 'run'
  UNION ALL
  SELECT run_id, TRUE FROM artifacts WHERE artifact_id = $artifact_id AND run_id IS NOT NULL
  UNION ALL
  SELECT from_id, FALSE FROM relationships WHERE to_id = $artifact_id AND type IN ('consumed', 'trained_on', 'evaluated_by')
)
GROUP BY run_id ORDER BY produced DESC, run_id
