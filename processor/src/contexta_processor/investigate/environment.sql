-- environment: where did a run run?
-- takes  $run_id
-- gives  no row or one: python, platform, cuda, hardware, vcs_revision, vcs_repository, vcs_dirty, vcs_diff_sha256,
--        variables (JSON text), captured_at, captured_by, confidence
-- order  none
SELECT python, platform, cuda, hardware, vcs_revision, vcs_repository, vcs_dirty, vcs_diff_sha256, variables, captured_at,
       captured_by, confidence
FROM environments WHERE run_id = $run_id
