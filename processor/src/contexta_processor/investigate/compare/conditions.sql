-- compare_conditions: under which conditions did two runs run?
-- takes  $baseline, $candidate  run ids
-- gives  one row per (cause, key) that differs, or that only one of two captured records names: cause (code, environment,
--        hardware, configuration), key, baseline, candidate (text, NULL where the run's record doesn't have it)
-- order  cause, key
--
-- A run without any environment (or configuration) record says nothing about it: nothing of that cause is listed.
WITH told AS (
  SELECT run_id, 'code' AS cause, 'vcs.revision' AS key, vcs_revision AS value FROM environments
  UNION ALL SELECT run_id, 'code', 'vcs.repository', vcs_repository FROM environments
  UNION ALL SELECT run_id, 'environment', 'python', python FROM environments
  UNION ALL SELECT run_id, 'environment', 'platform', platform FROM environments
  UNION ALL SELECT run_id, 'hardware', 'cuda', cuda FROM environments
  UNION ALL SELECT run_id, 'hardware', 'hardware', hardware FROM environments
  UNION ALL SELECT run_id, 'environment', 'package:' || name, version FROM packages
  UNION ALL SELECT e.run_id, 'environment', 'variable:' || v.key, v.value ->> '$'
  FROM environments e, json_each(e.variables) v WHERE json_type(e.variables) = 'OBJECT'
  UNION ALL SELECT run_id, 'configuration', key, value FROM configuration
), side AS (
  SELECT * FROM told WHERE run_id IN ($baseline, $candidate) AND value IS NOT NULL
), b AS (SELECT * FROM side WHERE run_id = $baseline), c AS (SELECT * FROM side WHERE run_id = $candidate),
captured AS (
  SELECT 'configuration' AS cause FROM configuration WHERE run_id IN ($baseline, $candidate) HAVING count(DISTINCT run_id) = 2
  UNION ALL
  SELECT unnest(['code', 'environment', 'hardware'])
  FROM (SELECT 1 FROM environments WHERE run_id IN ($baseline, $candidate) HAVING count(DISTINCT run_id) = 2)
)
SELECT coalesce(b.cause, c.cause) AS cause, coalesce(b.key, c.key) AS key, b.value AS baseline, c.value AS candidate
FROM b FULL JOIN c ON b.cause = c.cause AND b.key = c.key
WHERE coalesce(b.cause, c.cause) IN (SELECT cause FROM captured) AND b.value IS DISTINCT FROM c.value
ORDER BY cause, key
