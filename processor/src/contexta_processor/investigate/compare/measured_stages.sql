-- compare_measured_stages: which stages do the figures and samples of two runs come from?
-- takes  $baseline, $candidate  run ids
-- gives  stage
-- order  stage
SELECT stage FROM metrics WHERE run_id IN ($baseline, $candidate) AND stage IS NOT NULL
UNION
SELECT stage FROM samples WHERE run_id IN ($baseline, $candidate) AND stage IS NOT NULL
ORDER BY stage
