-- samples/groups: where do a run's samples fail?
-- takes  $run_id; $by  tag, slice or batch; $failed, $slice, $tag, $stage, $ids as listing.sql does
-- gives  one row per group of samples, and one of all of them (whole: true, named NULL): named (the tag, slice or batch; NULL for
--        the samples of none), samples, failed, passed, skipped, unknown (nobody said how it ended), examples (ids of up to
--        three failed ones)
-- order  whole first, then failed, named
--
-- A sample with several tags or slices is in each of their groups: the groups add up to more than the whole.
WITH picked AS (
  SELECT sample_id, slices, failure_tags, batch_id, status,
         coalesce(status IN ('failed', 'error'), len(failure_tags) > 0, false) AS has_failed
  FROM samples
  WHERE run_id = $run_id
    AND ($slice IS NULL OR list_contains(slices, $slice))
    AND ($tag IS NULL OR list_contains(failure_tags, $tag))
    AND ($stage IS NULL OR stage = $stage)
    AND ($ids IS NULL OR sample_id IN (SELECT unnest($ids::VARCHAR[])))
    AND (NOT $failed OR coalesce(status IN ('failed', 'error'), false) OR coalesce(len(failure_tags) > 0, false))
), told AS (
  SELECT *, CASE $by WHEN 'tag' THEN failure_tags WHEN 'slice' THEN slices
                     ELSE CASE WHEN batch_id IS NULL THEN NULL ELSE [batch_id] END END AS names
  FROM picked
), placed AS (
  SELECT *, false AS whole, unnest(CASE WHEN coalesce(len(names), 0) = 0 THEN [NULL] ELSE list_distinct(names) END)::VARCHAR AS named FROM told
  UNION ALL
  SELECT *, true, NULL FROM told
)
SELECT whole, named, count(*) AS samples, count(*) FILTER (has_failed) AS failed,
       count(*) FILTER (status = 'passed' AND NOT has_failed) AS passed,
       count(*) FILTER (status = 'skipped' AND NOT has_failed) AS skipped,
       count(*) FILTER (NOT has_failed AND coalesce(status NOT IN ('passed', 'skipped'), true)) AS unknown,
       coalesce(list(sample_id ORDER BY sample_id) FILTER (has_failed), [])[1:3] AS examples
FROM placed
GROUP BY whole, named
ORDER BY whole DESC, failed DESC, named
