-- compare_members_scores: which scores did some runs give to which samples, pass or fail among them?
-- takes  $runs  run ids
-- gives  name, stage, sample_id, run_id, value; name `passed`: 1 for passed, 0 for failed or error, unless a score is called so
-- order  none: rows are matched faster where the arrays are than they are sorted here
--
-- A sample with failure tags failed, whether or not its status says so; several metric values of it are averaged first.
WITH scored AS (
  SELECT score_name AS name, stage, sample_id, run_id, value
  FROM sample_scores WHERE list_contains($runs, run_id) AND value IS NOT NULL
  UNION ALL
  SELECT name, stage, sample_id, run_id, list_avg(list(value ORDER BY value))
  FROM metrics WHERE list_contains($runs, run_id) AND scope = 'sample' AND sample_id IS NOT NULL AND value IS NOT NULL
  GROUP BY run_id, stage, sample_id, name
), judged AS (
  SELECT stage, sample_id, run_id, CASE WHEN status IS NULL AND len(failure_tags) > 0 THEN 'failed' ELSE status END AS status
  FROM samples WHERE list_contains($runs, run_id)
)
SELECT name, stage, sample_id, run_id, value FROM scored
UNION ALL
SELECT 'passed', stage, sample_id, run_id, CASE status WHEN 'passed' THEN 1.0 ELSE 0.0 END
FROM judged
WHERE status IN ('passed', 'failed', 'error') AND NOT EXISTS (SELECT 1 FROM scored WHERE name = 'passed')
