-- runs: which runs are there, how far did each get, and how whole is what we know?
-- takes  $run_id, $project, $status, $run_type (NULL for any), $limit (NULL for all)
-- gives  one row per run: run_id, project, name, run_type, status, started_at, ended_at, duration_ms, parent_run_id,
--        attempt, service_name, trace_id, tags, completeness, expected_stages, stages_seen, stages_done, degraded_count,
--        total (how many runs fit before the limit)
-- order  newest first; runs without a time last; run_id
WITH picked AS (
  SELECT *, count(*) OVER () AS total
  FROM runs
  WHERE ($run_id IS NULL OR run_id = $run_id)
    AND ($project IS NULL OR project = $project)
    AND ($status IS NULL OR status = $status)
    AND ($run_type IS NULL OR run_type = $run_type)
  ORDER BY coalesce(started_at, first_seen_at) DESC NULLS LAST, run_id
  LIMIT coalesce($limit, 9223372036854775807)
), staged AS (
  SELECT run_id, list(DISTINCT stage ORDER BY stage) AS stages_seen,
         count(DISTINCT CASE WHEN status IN ('completed', 'skipped') THEN stage END) AS stages_done
  FROM stages WHERE run_id IN (SELECT run_id FROM picked) GROUP BY run_id
), marked AS (
  SELECT run_id, count(*) AS degraded_count
  FROM degraded_markers WHERE run_id IN (SELECT run_id FROM picked) GROUP BY run_id
)
SELECT p.run_id, p.project, p.name, p.run_type, p.status, p.started_at, p.ended_at, p.duration_ms, p.parent_run_id,
       p.attempt, p.service_name, p.trace_id, p.tags, p.completeness, p.expected_stages, s.stages_seen,
       coalesce(s.stages_done, 0) AS stages_done, coalesce(m.degraded_count, 0) AS degraded_count, p.total
FROM picked p LEFT JOIN staged s USING (run_id) LEFT JOIN marked m USING (run_id)
ORDER BY coalesce(p.started_at, p.first_seen_at) DESC NULLS LAST, p.run_id
