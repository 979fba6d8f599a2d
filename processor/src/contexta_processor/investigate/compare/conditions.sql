-- compare_conditions: under which conditions did two runs run?
-- takes  $baseline, $candidate  run ids
-- gives  one row per run and captured condition: run_id, section (environment, package, configuration), key, value
--        (text; NULL for a package without a version; the environment's variables are one JSON object)
-- order  run_id, section, key
SELECT run_id, 'environment' AS section, name AS key, value FROM store.environment_facts WHERE run_id IN ($baseline, $candidate)
UNION ALL
SELECT run_id, 'package', name, version FROM packages WHERE run_id IN ($baseline, $candidate)
UNION ALL
SELECT run_id, 'configuration', key, value FROM configuration WHERE run_id IN ($baseline, $candidate)
ORDER BY run_id, section, key
