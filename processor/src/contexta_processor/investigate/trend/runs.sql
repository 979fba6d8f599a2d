-- trend_runs: which runs could have a value?
-- takes  $project, $run_type, $run_id (NULL for any), $last (NULL for all)
-- gives  the newest $last runs of each project and type: run_id, project, run_type, name, status, started_at (else when it
--        was first heard of), completeness, degraded_count (markers of severity warning or error), total (how many there are)
-- order  project, run_type, oldest first; runs without a time last; run_id
WITH ranked AS (
  SELECT run_id, project, run_type, name, status, coalesce(started_at, first_seen_at) AS started_at, completeness,
         row_number() OVER (PARTITION BY project, run_type ORDER BY coalesce(started_at, first_seen_at) DESC NULLS LAST, run_id DESC) AS place,
         count(*) OVER (PARTITION BY project, run_type) AS total
  FROM runs
  WHERE ($project IS NULL OR project = $project) AND ($run_type IS NULL OR run_type = $run_type)
    AND ($run_id IS NULL OR run_id = $run_id)
), picked AS (
  SELECT * FROM ranked WHERE $last IS NULL OR place <= $last
), marked AS (
  SELECT run_id, count(*) AS degraded_count FROM degraded_markers
  WHERE run_id IN (SELECT run_id FROM picked) AND severity <> 'info' GROUP BY run_id
)
SELECT p.run_id, p.project, p.run_type, p.name, p.status, p.started_at, p.completeness,
       coalesce(m.degraded_count, 0) AS degraded_count, p.total
FROM picked p LEFT JOIN marked m USING (run_id)
ORDER BY p.project NULLS LAST, p.run_type NULLS LAST, p.started_at NULLS LAST, p.run_id
