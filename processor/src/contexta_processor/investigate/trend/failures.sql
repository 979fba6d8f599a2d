-- trend_failures: which share of each run's samples failed?
-- takes  $name (`samples` for any failure, else a failure tag), $project, $run_type, $stage, $slice (NULL for any), $last (NULL for all)
-- gives  one row per run and stage: run_id, stage, slice (as asked), value (failed / known, 0 to 1; NULL where of no sample it is
--        known how it ended), sample_count (known), failed, unknown, occurred_at
-- order  run_id, stage
--
-- A sample failed if its status is failed or error, or, where it has none, if it has failure tags; skipped ones and those
-- without either are not known to have passed. For a tag, the known samples are the same, the failed ones those that have it.
WITH ranked AS (
  SELECT run_id,
         row_number() OVER (PARTITION BY project, run_type ORDER BY coalesce(started_at, first_seen_at) DESC NULLS LAST, run_id DESC) AS place
  FROM runs
  WHERE ($project IS NULL OR project = $project) AND ($run_type IS NULL OR run_type = $run_type)
), told AS (
  SELECT run_id, stage, sample_id,
         bool_or(status IN ('failed', 'error') OR (status IS NULL AND len(failure_tags) > 0)) IS TRUE AS has_failed,
         bool_or(list_contains(failure_tags, $name)) IS TRUE AS has_tag,
         bool_or(status = 'passed') IS TRUE AS has_passed, max(occurred_at) AS occurred_at
  FROM samples
  WHERE ($stage IS NULL OR stage = $stage) AND ($slice IS NULL OR list_contains(slices, $slice))
    AND run_id IN (SELECT run_id FROM ranked WHERE $last IS NULL OR place <= $last)
  GROUP BY run_id, stage, sample_id
), counted AS (
  SELECT run_id, stage,
         count(*) FILTER (has_failed OR has_passed OR has_tag) AS sample_count,
         count(*) FILTER (CASE WHEN $name = 'samples' THEN has_failed ELSE has_tag END) AS failed,
         count(*) FILTER (NOT (has_failed OR has_passed OR has_tag)) AS unknown, max(occurred_at) AS occurred_at
  FROM told GROUP BY run_id, stage
)
SELECT run_id, stage, $slice::VARCHAR AS slice, CASE WHEN sample_count > 0 THEN failed / sample_count END AS value,
       sample_count, failed, unknown, occurred_at
FROM counted
WHERE $name = 'samples' OR EXISTS (FROM counted WHERE failed > 0)
ORDER BY run_id, stage
