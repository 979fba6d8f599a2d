-- context: under which conditions did these runs run, as far as that was captured?
-- takes  $runs  run ids
-- gives  one row per run: run_id, environment (whether anything of it was captured), revision, dirty (NULL: not said),
--        configuration_keys
-- order  run_id
-- The ids are a list, not a join: only so they narrow the views before these rank what was said of every run there is.
WITH configured AS (
  SELECT run_id, count(*) AS keys FROM configuration WHERE list_contains($runs::VARCHAR[], run_id) GROUP BY run_id
), described AS (
  SELECT run_id, python IS NOT NULL OR platform IS NOT NULL OR cuda IS NOT NULL OR hardware IS NOT NULL AS described,
         vcs_revision AS revision, vcs_dirty AS dirty
  FROM environments WHERE list_contains($runs::VARCHAR[], run_id)
), packaged AS (
  SELECT DISTINCT run_id FROM packages WHERE list_contains($runs::VARCHAR[], run_id)
)
SELECT r.run_id, coalesce(e.described, false) OR p.run_id IS NOT NULL AS environment, e.revision, e.dirty,
       coalesce(c.keys, 0) AS configuration_keys
FROM (SELECT unnest($runs::VARCHAR[]) AS run_id) r
LEFT JOIN described e ON e.run_id = r.run_id
LEFT JOIN configured c ON c.run_id = r.run_id
LEFT JOIN packaged p ON p.run_id = r.run_id
ORDER BY r.run_id
