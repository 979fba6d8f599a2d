-- likeness: on which data sets, and through which stages, did these runs mean to go?
-- takes  $runs  run ids
-- gives  one row per run: run_id, data_sets (names of what it says it consumed, sorted; NULL: it names none), expected_stages (as declared; NULL: none)
-- order  run_id
WITH named AS (
  SELECT run_id, attributes ->> '$."contexta.dataset.name"' AS name
  FROM store.artifact_records WHERE run_id IN (SELECT unnest($runs::VARCHAR[])) AND role = 'consumed'
), told AS (
  SELECT run_id, list(DISTINCT name ORDER BY name) AS data_sets FROM named WHERE name IS NOT NULL GROUP BY run_id
)
SELECT r.run_id, t.data_sets, CASE WHEN len(r.expected_stages) > 0 THEN r.expected_stages END AS expected_stages
FROM store.runs r LEFT JOIN told t ON t.run_id = r.run_id
WHERE r.run_id IN (SELECT unnest($runs::VARCHAR[]))
ORDER BY r.run_id
