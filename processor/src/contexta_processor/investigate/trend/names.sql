-- trend_names: of what could there be a trend?
-- takes  $of (metric, duration, artifact-size, failure-rate)
-- gives  one row per name: name, runs (how many have it), deployments
-- order  name
WITH named AS (
  SELECT 'metric' AS kind, name, run_id, CASE WHEN run_id IS NULL THEN deployment_id END AS deployment_id FROM metrics
  UNION ALL SELECT 'metric', score_name, run_id, NULL FROM sample_scores
  UNION ALL SELECT 'duration', stage, run_id, NULL FROM stages
  UNION ALL SELECT 'duration', 'run', run_id, NULL FROM runs
  UNION ALL SELECT 'artifact-size', kind, run_id, NULL FROM artifacts
  UNION ALL SELECT 'failure-rate', unnest(failure_tags), run_id, NULL FROM samples
  UNION ALL SELECT 'failure-rate', 'samples', run_id, NULL FROM samples
)
SELECT name, count(DISTINCT run_id) AS runs, count(DISTINCT deployment_id) AS deployments
FROM named WHERE kind = $of AND name IS NOT NULL
GROUP BY name ORDER BY name
