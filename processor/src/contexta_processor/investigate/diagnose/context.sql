-- context: under which conditions did these runs run, as far as that was captured?
-- takes  $runs  run ids
-- gives  one row per run: run_id, environment (whether anything of it was captured), revision, dirty (NULL: not said), configuration_keys
-- order  run_id
WITH configured AS (
  SELECT run_id, count(*) AS keys FROM configuration WHERE run_id IN (SELECT unnest($runs::VARCHAR[])) GROUP BY run_id
), packaged AS (
  SELECT DISTINCT run_id FROM packages WHERE run_id IN (SELECT unnest($runs::VARCHAR[]))
)
SELECT r.run_id,
       e.python IS NOT NULL OR e.platform IS NOT NULL OR e.cuda IS NOT NULL OR e.hardware IS NOT NULL OR p.run_id IS NOT NULL AS environment,
       e.vcs_revision AS revision, e.vcs_dirty AS dirty, coalesce(c.keys, 0) AS configuration_keys
FROM runs r
LEFT JOIN environments e ON e.run_id = r.run_id
LEFT JOIN configured c ON c.run_id = r.run_id
LEFT JOIN packaged p ON p.run_id = r.run_id
WHERE r.run_id IN (SELECT unnest($runs::VARCHAR[]))
ORDER BY r.run_id
