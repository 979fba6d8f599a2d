-- trend_conditions: under which conditions did these runs run?
-- takes  $run_ids
-- gives  one row per (run, cause, key): run_id, cause (data, code, configuration, environment, hardware), key, value (text)
-- order  run_id, cause, key
--
-- Data: what a run consumed, by the name of the data set, else by its kind; its value is the version and the beginning of the hash.
WITH consumed AS (
  SELECT r.from_id AS run_id, coalesce(a.attributes ->> '$."contexta.dataset.name"', a.kind, 'input') AS key,
         concat_ws(' ', a.version, left(coalesce(a.sha256, a.attributes ->> '$."contexta.dataset.fingerprint"'), 12)) AS told, r.to_id
  FROM relationships r LEFT JOIN artifacts a ON a.artifact_id = r.to_id
  WHERE r.from_id IN (SELECT unnest($run_ids::VARCHAR[])) AND r.type IN ('consumed', 'trained_on')
), told AS (
  SELECT run_id, 'data' AS cause, key, string_agg(DISTINCT coalesce(nullif(told, ''), to_id), ', ' ORDER BY coalesce(nullif(told, ''), to_id)) AS value
  FROM consumed GROUP BY run_id, key
  UNION ALL SELECT run_id, 'code', 'vcs.revision', vcs_revision FROM environments
  UNION ALL SELECT run_id, 'code', 'vcs.repository', vcs_repository FROM environments
  UNION ALL SELECT run_id, 'configuration', key, value FROM configuration
  UNION ALL SELECT run_id, 'environment', 'python', python FROM environments
  UNION ALL SELECT run_id, 'environment', 'platform', platform FROM environments
  UNION ALL SELECT run_id, 'environment', 'package:' || name, version FROM packages
  UNION ALL SELECT run_id, 'hardware', 'cuda', cuda FROM environments
  UNION ALL SELECT run_id, 'hardware', 'hardware', hardware FROM environments
)
SELECT run_id, cause, key, value FROM told
WHERE run_id IN (SELECT unnest($run_ids::VARCHAR[])) AND value IS NOT NULL
ORDER BY run_id, cause, key
