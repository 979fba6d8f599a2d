-- known_names: which slices and stages does a run's project know?
-- takes  $run_id
-- gives  one row per kind (slice, stage) and name, of any run of the project
-- order  kind, name
WITH alike AS (
  SELECT run_id FROM runs WHERE project IS NOT DISTINCT FROM (SELECT project FROM runs WHERE run_id = $run_id)
), named AS (
  SELECT 'slice' AS kind, unnest(slices) AS name FROM samples SEMI JOIN alike USING (run_id)
  UNION SELECT 'stage', stage FROM samples SEMI JOIN alike USING (run_id)
  UNION SELECT 'stage', stage FROM stages SEMI JOIN alike USING (run_id)
)
SELECT kind, name FROM named WHERE name IS NOT NULL ORDER BY kind, name
