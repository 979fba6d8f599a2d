-- samples/history: what became of one sample in every run that could have had it?
-- takes  $sample_id, $project (NULL for any)
-- gives  one row per run of the projects and types in which the sample is known, and stage in which it is: run_id, name, project,
--        run_type, occurred_at (of the run's start), run_status, stage, present (false: the run, all of it, doesn't know the
--        sample), has_samples (the run knows samples at all), status (of several batches' error, failed, passed, skipped; NULL
--        where nobody said), failure_tags, output_summary (NULL where redacted), redacted, score_names and score_values
-- order  occurred_at, run_id, stage
WITH known AS (
  SELECT s.*, r.project, r.run_type FROM samples s JOIN runs r USING (run_id)
  WHERE s.sample_id = $sample_id AND ($project IS NULL OR r.project = $project)
), told AS (
  SELECT run_id, stage,
         CASE WHEN bool_or(status = 'error') THEN 'error'
              WHEN bool_or(status = 'failed' OR (status IS NULL AND len(failure_tags) > 0)) THEN 'failed'
              WHEN bool_or(status = 'passed') THEN 'passed' ELSE max(status) END AS status,
         list_sort(list_distinct(flatten(list(coalesce(failure_tags, []))))) AS failure_tags,
         list(output_summary ORDER BY batch_id) FILTER (output_summary IS NOT NULL)[1] AS output_summary,
         coalesce(bool_or(redacted), false) AS redacted
  FROM known GROUP BY run_id, stage
), scored AS (
  SELECT run_id, stage, list(score_name ORDER BY score_name) AS score_names, list(value ORDER BY score_name) AS score_values
  FROM (
    SELECT run_id, stage, score_name, list_avg(list(value ORDER BY value)) AS value
    FROM (
      SELECT run_id, stage, score_name, value FROM sample_scores WHERE sample_id = $sample_id
      UNION ALL
      SELECT run_id, stage, name, value FROM metrics WHERE sample_id = $sample_id AND scope = 'sample'
    )
    WHERE value IS NOT NULL GROUP BY run_id, stage, score_name
  )
  GROUP BY run_id, stage
)
SELECT r.run_id, r.name, r.project, r.run_type, coalesce(r.started_at, r.first_seen_at) AS occurred_at, r.status AS run_status,
       t.stage, t.run_id IS NOT NULL AS present, EXISTS (FROM samples x WHERE x.run_id = r.run_id) AS has_samples, t.status,
       t.failure_tags, CASE WHEN NOT t.redacted THEN t.output_summary END AS output_summary, coalesce(t.redacted, false) AS redacted,
       s.score_names, s.score_values
FROM runs r
LEFT JOIN told t ON t.run_id = r.run_id
LEFT JOIN scored s ON s.run_id = t.run_id AND s.stage IS NOT DISTINCT FROM t.stage
WHERE EXISTS (FROM known k WHERE k.project IS NOT DISTINCT FROM r.project AND k.run_type IS NOT DISTINCT FROM r.run_type)
ORDER BY occurred_at, r.run_id, t.stage
