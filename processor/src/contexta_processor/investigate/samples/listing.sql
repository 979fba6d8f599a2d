-- samples/listing: which samples does a run know, how did each score, and which failed?
-- takes  $run_id; $failed (true: only those that failed or carry a failure tag); $slice, $tag, $stage (NULL for any);
--        $ids (only these; NULL for any); $limit (NULL for all)
-- gives  one row per sample: its columns, failed, score_names and score_values (two lists of one length),
--        total and failed_total (how many fit, and how many of them failed, before the limit)
-- order  stage, batch_id, sample_id
WITH picked AS (
  SELECT *, coalesce(status IN ('failed', 'error'), len(failure_tags) > 0, false) AS failed
  FROM samples
  WHERE run_id = $run_id
    AND ($slice IS NULL OR list_contains(slices, $slice))
    AND ($tag IS NULL OR list_contains(failure_tags, $tag))
    AND ($stage IS NULL OR stage = $stage)
    AND ($ids IS NULL OR sample_id IN (SELECT unnest($ids::VARCHAR[])))
), counted AS (
  SELECT *, count(*) OVER () AS total, count(*) FILTER (WHERE failed) OVER () AS failed_total
  FROM picked
  WHERE failed OR coalesce(len(failure_tags) > 0, false) OR NOT $failed
), cut AS (
  SELECT * FROM counted ORDER BY stage, batch_id, sample_id LIMIT coalesce($limit, 9223372036854775807)
), scored AS (
  SELECT stage, batch_id, sample_id,
         list(score_name ORDER BY score_name) AS score_names, list(value ORDER BY score_name) AS score_values
  FROM sample_scores
  WHERE run_id = $run_id
  GROUP BY stage, batch_id, sample_id
)
SELECT c.stage, c.batch_id, c.sample_id, c.slices, c.input_summary, c.output_summary, c.expected_summary, c.status,
       c.failure_tags, c.redacted, c.retrieval, c.attributes, c.occurred_at, c.completeness, c.captured_by, c.confidence,
       c.failed, c.total, c.failed_total, s.score_names, s.score_values
FROM cut c LEFT JOIN scored s
  ON s.sample_id = c.sample_id AND s.batch_id IS NOT DISTINCT FROM c.batch_id AND s.stage IS NOT DISTINCT FROM c.stage
ORDER BY c.stage, c.batch_id, c.sample_id
