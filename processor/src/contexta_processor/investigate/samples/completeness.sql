-- samples/completeness: how much of two runs' evidence is there?
-- takes  $baseline, $candidate  run ids
-- gives  run_id, completeness
-- order  run_id
SELECT run_id, completeness FROM runs WHERE run_id IN ($baseline, $candidate) ORDER BY run_id
