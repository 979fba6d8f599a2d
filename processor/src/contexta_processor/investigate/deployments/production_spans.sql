-- production_spans: what did the services of a deployment do, and how well?
-- takes  $deployment_id; $live_from, $live_until  when it was live: Unix nanoseconds, two lists side by side; NULL: still
-- gives  one row: span_count, span_errors, not_live (how many began while the deployment was not live), basis (which spans are
--        requests: server, where any is of kind server or consumer; else root, those without a parent), request_count, request_errors,
--        p50_ms, p95_ms (over the requests whose duration is known), services, first_at, last_at
-- order  none
WITH lives AS (
  SELECT unnest($live_from::BIGINT[]) AS live_from, unnest($live_until::BIGINT[]) AS live_until
), mine AS (
  SELECT kind, parent_span_id, status, started_at, coalesce(ended_at, started_at) AS ended_at, duration_ms, service_name
  FROM spans
  WHERE deployment_id = $deployment_id
    AND (evidence_kind IS NULL OR evidence_kind IN ('operation', 'batch', 'sample'))
), judged AS (
  SELECT *, kind IN ('server', 'consumer') AS served, bool_or(kind IN ('server', 'consumer')) OVER () AS has_served,
         EXISTS (SELECT 1 FROM lives l WHERE epoch_ns(mine.started_at) >= l.live_from
                   AND (l.live_until IS NULL OR epoch_ns(mine.started_at) < l.live_until)) AS live
  FROM mine
), marked AS (
  SELECT *, CASE WHEN has_served THEN served ELSE parent_span_id IS NULL END AS request FROM judged
)
SELECT count(*) AS span_count, count(*) FILTER (status = 'error') AS span_errors, count(*) FILTER (NOT live) AS not_live,
       CASE WHEN count(*) FILTER (request) > 0 THEN CASE WHEN bool_or(has_served) THEN 'server' ELSE 'root' END END AS basis,
       count(*) FILTER (request) AS request_count, count(*) FILTER (request AND status = 'error') AS request_errors,
       quantile_cont(duration_ms, 0.5) FILTER (request) AS p50_ms, quantile_cont(duration_ms, 0.95) FILTER (request) AS p95_ms,
       list_sort(list(DISTINCT service_name) FILTER (service_name IS NOT NULL)) AS services,
       min(started_at) AS first_at, max(ended_at) AS last_at
FROM marked
