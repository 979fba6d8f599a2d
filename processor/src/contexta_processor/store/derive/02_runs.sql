-- runs: one row per touched run, from its closing spans, its announcements, and any evidence that names it.
-- takes  temp tables touched, mentions
-- rules  the newest attempt speaks; a process that joined a run another began neither ends nor completes it;
--        a closing span before an announcement; started earliest, ended latest;
--        status: running while an announced producer has not closed, else the most severe closing, else unknown
DELETE FROM store.runs WHERE run_id IN (SELECT run_id FROM touched);
INSERT INTO store.runs
WITH told AS (
  SELECT run_id, 'closing' AS how, producer_id, span_id AS run_span_id, project, attributes, started_at, ended_at, trace_id, resource_id, fact_id,
         coalesce(attributes ->> '$."contexta.run.status"', CASE WHEN status = 'error' THEN 'failed' ELSE 'completed' END) AS status,
         coalesce(captured_by, scope_name) AS captured_by
  FROM facts.spans SEMI JOIN touched USING (run_id) WHERE evidence_kind = 'run' AND NOT shadowed
  UNION ALL
  SELECT r.run_id, 'announcement', r.producer_id, s.parent_span_id, r.project, r.attributes, r.occurred_at, NULL, r.trace_id, r.resource_id, r.fact_id,
         NULL, coalesce(r.captured_by, r.scope_name)
  FROM facts.records r SEMI JOIN touched USING (run_id)
  LEFT JOIN facts.spans s ON s.trace_id = r.trace_id AND s.span_id = r.span_id AND NOT s.shadowed
  WHERE r.name = 'contexta.run.started' AND NOT r.shadowed
), attempted AS (
  SELECT *, coalesce(try_cast(attributes ->> '$."contexta.run.attempt"' AS INTEGER), 1) AS attempt_number,
         coalesce(attributes ->> '$."contexta.run.joined"', 'false') = 'true' AS joined
  FROM told
), newest AS (
  SELECT run_id, max(attempt_number) AS attempt_number FROM attempted GROUP BY run_id
), current AS (
  SELECT a.* FROM attempted a JOIN newest n ON a.run_id = n.run_id AND a.attempt_number = n.attempt_number
), opened AS (
  SELECT DISTINCT run_id FROM current o
  WHERE how = 'announcement' AND NOT joined AND NOT EXISTS (
    SELECT 1 FROM current c
    WHERE c.how = 'closing' AND c.run_id = o.run_id AND (c.producer_id = o.producer_id OR c.producer_id IS NULL OR o.producer_id IS NULL))
), fields AS (
  SELECT run_id,
         first_value(project IGNORE NULLS) OVER w AS project,
         first_value(attributes ->> '$."contexta.run.name"' IGNORE NULLS) OVER w AS name,
         first_value(attributes ->> '$."contexta.run.type"' IGNORE NULLS) OVER w AS run_type,
         first_value(attributes ->> '$."contexta.run.parent_id"' IGNORE NULLS) OVER w AS parent_run_id,
         first_value(try_cast(attributes ->> '$."contexta.run.attempt"' AS INTEGER) IGNORE NULLS) OVER w AS attempt,
         first_value(attributes -> '$."contexta.run.expected_stages"' IGNORE NULLS) OVER w AS expected_stages,
         first_value(trace_id IGNORE NULLS) OVER w AS trace_id,
         first_value(resource_id IGNORE NULLS) OVER w AS resource_id,
         first_value(captured_by IGNORE NULLS) OVER w AS captured_by,
         min(started_at) OVER w AS started_at, max(CASE WHEN NOT joined THEN ended_at END) OVER w AS ended_at,
         max(CASE WHEN how = 'closing' AND NOT joined THEN CASE status WHEN 'failed' THEN 4 WHEN 'interrupted' THEN 3 WHEN 'cancelled' THEN 2 ELSE 1 END END) OVER w AS severity,
         row_number() OVER (PARTITION BY run_id ORDER BY joined, how DESC, started_at, fact_id) AS place
  FROM current
  WINDOW w AS (PARTITION BY run_id ORDER BY joined, how DESC, started_at, fact_id ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
), tags AS (
  SELECT run_id, to_json(map_from_entries(list({'k': key, 'v': value} ORDER BY key))) AS tags
  FROM (
    SELECT c.run_id, substr(e.key, length('contexta.run.tag.') + 1) AS key, e.value ->> '$' AS value,
           row_number() OVER (PARTITION BY c.run_id, e.key ORDER BY c.joined, c.how DESC, c.started_at, c.fact_id) AS place
    FROM current c, json_each(c.attributes) e WHERE starts_with(e.key, 'contexta.run.tag.')
  ) WHERE place = 1 GROUP BY run_id
), named AS (
  SELECT run_id, min(project) AS project, min(first_at) AS first_at, coalesce(max(last_at), max(first_at)) AS last_at, min(captured_by) AS captured_by
  FROM mentions GROUP BY run_id
), seen AS (
  SELECT run_id, min(resource_id) AS resource_id, min(trace_id) AS trace_id
  FROM facts.spans SEMI JOIN touched USING (run_id) WHERE NOT shadowed GROUP BY run_id
), settled AS (
  SELECT n.run_id, coalesce(f.project, n.project) AS project, f.name, f.run_type,
         CASE WHEN o.run_id IS NOT NULL THEN 'running'
              WHEN f.severity IS NOT NULL THEN list_extract(['completed', 'cancelled', 'interrupted', 'failed'], f.severity)
              ELSE 'unknown' END AS status,
         coalesce(f.started_at, n.first_at) AS started_at,
         CASE WHEN o.run_id IS NULL THEN f.ended_at END AS ended_at,
         f.parent_run_id, f.attempt, coalesce(f.trace_id, s.trace_id) AS trace_id, r.service_name, t.tags,
         CASE WHEN json_type(f.expected_stages) = 'ARRAY' THEN from_json(f.expected_stages, '["VARCHAR"]') END AS expected_stages,
         n.first_at, n.last_at, coalesce(f.captured_by, n.captured_by) AS captured_by
  FROM named n
  LEFT JOIN fields f ON f.run_id = n.run_id AND f.place = 1
  LEFT JOIN opened o ON o.run_id = n.run_id
  LEFT JOIN tags t ON t.run_id = n.run_id
  LEFT JOIN seen s ON s.run_id = n.run_id
  LEFT JOIN facts.resources r ON r.resource_id = coalesce(f.resource_id, s.resource_id)
)
SELECT run_id, project, name, run_type, status, started_at, ended_at,
       CASE WHEN ended_at >= started_at THEN (epoch_ns(ended_at) - epoch_ns(started_at)) / 1e6 END,
       parent_run_id, attempt, trace_id, service_name, tags, expected_stages, first_at, last_at,
       'unknown', captured_by, 'direct'
FROM settled;
