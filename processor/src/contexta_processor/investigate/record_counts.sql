-- record_counts: how much of each kind of record does a run have?
-- takes  $run_id
-- gives  one row: events, metrics, spans, operations, samples, failed_samples, redacted_samples
-- order  none
SELECT (SELECT count(*) FROM events WHERE run_id = $run_id) AS events,
       (SELECT count(*) FROM metrics WHERE run_id = $run_id) AS metrics,
       (SELECT count(*) FROM spans WHERE run_id = $run_id AND evidence_kind IS DISTINCT FROM 'segment') AS spans,
       (SELECT count(*) FROM operations WHERE run_id = $run_id) AS operations,
       s.samples, s.failed_samples, s.redacted_samples
FROM (
  SELECT count(*) AS samples,
         count(*) FILTER (WHERE coalesce(status IN ('failed', 'error'), false) OR coalesce(len(failure_tags) > 0, false)) AS failed_samples,
         count(*) FILTER (WHERE redacted) AS redacted_samples
  FROM samples WHERE run_id = $run_id
) s
