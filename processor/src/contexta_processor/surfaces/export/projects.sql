-- export/projects: the projects of the exported runs, counted over those runs alone.
-- takes  $runs  run ids
-- gives  project, first_seen_at, last_seen_at, run_count
-- order  none: the exporter orders rows by what it writes
SELECT project, min(first_seen_at) AS first_seen_at, max(last_seen_at) AS last_seen_at, count(*) AS run_count
FROM runs
WHERE project IS NOT NULL AND run_id IN (SELECT unnest($runs::VARCHAR[]))
GROUP BY project
