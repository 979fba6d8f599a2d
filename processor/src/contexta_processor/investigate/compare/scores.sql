-- compare_scores: which scores did two runs give to which samples?
-- takes  $baseline, $candidate  run ids
-- gives  name, stage, sample_id, run_id, value
-- order  none: a pair of 100,000 scores is matched faster where the arrays are than it is sorted here
--
-- A sample is the same when its id is, within a stage; several metric values of it are averaged first.
SELECT score_name AS name, stage, sample_id, run_id, value
FROM sample_scores WHERE run_id IN ($baseline, $candidate) AND value IS NOT NULL
UNION ALL
SELECT name, stage, sample_id, run_id, list_avg(list(value ORDER BY value))
FROM metrics WHERE run_id IN ($baseline, $candidate) AND scope = 'sample' AND sample_id IS NOT NULL AND value IS NOT NULL
GROUP BY run_id, stage, sample_id, name
