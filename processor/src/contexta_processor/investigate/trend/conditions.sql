-- trend_conditions: under which conditions did these runs run, but for their data?
-- takes  $run_ids
-- gives  one row per (run, cause, key): run_id, cause (code, configuration, environment, hardware), key, value (text)
-- order  run_id, cause, key
-- The ids are a list, not a join: only so they narrow the views before these rank what was said of every run there is.
WITH described AS MATERIALIZED (
  SELECT run_id, vcs_revision, vcs_repository, python, platform, cuda, hardware
  FROM environments WHERE list_contains($run_ids::VARCHAR[], run_id)
), told AS (
  SELECT run_id, 'code' AS cause, 'vcs.revision' AS key, vcs_revision AS value FROM described
  UNION ALL SELECT run_id, 'code', 'vcs.repository', vcs_repository FROM described
  UNION ALL SELECT run_id, 'environment', 'python', python FROM described
  UNION ALL SELECT run_id, 'environment', 'platform', platform FROM described
  UNION ALL SELECT run_id, 'hardware', 'cuda', cuda FROM described
  UNION ALL SELECT run_id, 'hardware', 'hardware', hardware FROM described
  UNION ALL SELECT run_id, 'configuration', key, value FROM configuration WHERE list_contains($run_ids::VARCHAR[], run_id)
  UNION ALL SELECT run_id, 'environment', 'package:' || name, version FROM packages WHERE list_contains($run_ids::VARCHAR[], run_id)
)
SELECT run_id, cause, key, value FROM told
WHERE value IS NOT NULL
ORDER BY run_id, cause, key
