-- completeness: what each touched run has of the eight layers of evidence, and what it lacks.
-- takes  temp tables touched, mentions; runs … processor_markers as just computed
-- rules  complete, partial (detail says what is missing), absent, or unknown where the producer does not number
DELETE FROM store.completeness WHERE run_id IN (SELECT run_id FROM touched);
INSERT INTO store.completeness
WITH mine AS (SELECT r.* FROM store.runs r SEMI JOIN touched USING (run_id)),
numbering AS (SELECT run_id, bool_or(numbered) AS numbered, bool_or(unnumbered) AS unnumbered FROM mentions GROUP BY run_id),
lost AS (
  SELECT run_id, sum(missing_count) AS missing, sum(dropped_count) AS dropped, bool_and(closed) AS closed
  FROM producers SEMI JOIN touched USING (run_id) GROUP BY run_id
),
degraded AS (
  SELECT run_id, count(*) AS markers, count(*) FILTER (category = 'redaction') AS redactions,
         count(*) FILTER (reason IN ('artifact_hash_mismatch', 'artifact_missing')) AS unlike
  FROM store.markers SEMI JOIN touched USING (run_id) WHERE severity <> 'info' GROUP BY run_id
),
absent_stages AS (
  SELECT m.run_id, array_to_string(list_sort(list_filter(m.expected_stages, lambda x: NOT list_contains(coalesce(s.stages, []), x))), ', ') AS names
  FROM mine m LEFT JOIN (SELECT run_id, list(stage) AS stages FROM store.stages SEMI JOIN touched USING (run_id)
                         WHERE status IN ('completed', 'failed', 'running') GROUP BY run_id) s USING (run_id)
),
parts AS (
  SELECT run_id, count(*) FILTER (completeness = 'partial') AS partial FROM store.stages SEMI JOIN touched USING (run_id) GROUP BY run_id
),
kept AS (
  SELECT name, run_id, count(*) AS n FROM facts.records SEMI JOIN touched USING (run_id) WHERE NOT shadowed GROUP BY name, run_id
),
measured AS (
  SELECT run_id, count(*) AS n FROM (
    SELECT run_id FROM mentions WHERE measured UNION ALL SELECT run_id FROM store.mentioned_operations SEMI JOIN touched USING (run_id)) GROUP BY run_id
),
units AS (
  SELECT run_id, sum(n) AS n FROM (
    SELECT run_id, count(*) AS n FROM samples SEMI JOIN touched USING (run_id) GROUP BY run_id
    UNION ALL SELECT run_id, count(*) FROM store.batches SEMI JOIN touched USING (run_id) GROUP BY run_id) GROUP BY run_id
),
unhashed AS (
  SELECT run_id, count(*) AS n FROM facts.records SEMI JOIN touched USING (run_id)
  WHERE name = 'contexta.artifact' AND NOT shadowed AND (attributes ->> '$."contexta.artifact.sha256"') IS NULL
    AND coalesce(attributes ->> '$."contexta.artifact.role"', 'produced') = 'produced' GROUP BY run_id
),
revisions AS (
  SELECT DISTINCT run_id FROM facts.records SEMI JOIN touched USING (run_id)
  WHERE name = 'contexta.environment' AND NOT shadowed AND (attributes ->> '$."vcs.ref.head.revision"') IS NOT NULL
),
outcomes AS (
  SELECT source_run AS run_id, count(*) AS n FROM store.merged_deployments WHERE source_run IS NOT NULL GROUP BY source_run
),
summaries AS (
  SELECT attributes ->> '$."contexta.artifact.summarizes_run"' AS run_id, count(*) AS n
  FROM facts.records WHERE name = 'contexta.artifact' AND NOT shadowed GROUP BY 1
)
SELECT m.run_id, 'execution_context',
       CASE WHEN m.status = 'unknown' OR coalesce(p.partial, 0) > 0 OR coalesce(a.names, '') <> '' OR m.status IN ('running', 'interrupted') THEN 'partial' ELSE 'complete' END,
       nullif(concat_ws('; ', CASE WHEN m.status = 'running' THEN 'the run has not ended' END,
         CASE WHEN m.status = 'interrupted' THEN 'the run was interrupted' END,
         CASE WHEN m.status = 'unknown' THEN 'neither start nor end of the run was received' END,
         CASE WHEN coalesce(a.names, '') <> '' THEN 'expected stages not seen: ' || a.names END,
         CASE WHEN p.partial > 0 THEN p.partial || ' stages known only by name' END), ''), 'processor', 'direct'
FROM mine m LEFT JOIN parts p USING (run_id) LEFT JOIN absent_stages a USING (run_id)
UNION ALL
SELECT m.run_id, 'record_families',
       CASE WHEN coalesce(l.missing, 0) > 0 OR coalesce(l.dropped, 0) > 0 OR coalesce(d.markers, 0) > 0 THEN 'partial'
            WHEN NOT coalesce(n.numbered, false) OR coalesce(n.unnumbered, false) THEN 'unknown'
            WHEN m.status = 'running' OR NOT coalesce(l.closed, false) THEN 'partial'
            WHEN coalesce(r.n, 0) = 0 THEN 'absent' ELSE 'complete' END,
       nullif(concat_ws('; ', CASE WHEN l.missing > 0 THEN l.missing || ' numbered items missing' END,
         CASE WHEN l.dropped > 0 THEN l.dropped || ' items dropped by the producer' END,
         CASE WHEN d.markers > 0 THEN d.markers || CASE d.markers WHEN 1 THEN ' degraded marker' ELSE ' degraded markers' END END,
         CASE WHEN NOT coalesce(n.numbered, false) THEN 'the producer does not number its evidence, so losses cannot be seen'
              WHEN n.unnumbered THEN 'some evidence is not numbered' END,
         CASE WHEN m.status = 'running' THEN 'the run has not ended' END), ''), 'processor', 'direct'
FROM mine m LEFT JOIN lost l USING (run_id) LEFT JOIN degraded d USING (run_id) LEFT JOIN numbering n USING (run_id) LEFT JOIN measured r USING (run_id)
UNION ALL
SELECT m.run_id, 'granularity_units',
       CASE WHEN coalesce(u.n, 0) = 0 THEN 'absent' WHEN coalesce(d.redactions, 0) > 0 OR coalesce(l.missing, 0) > 0 THEN 'partial' ELSE 'complete' END,
       CASE WHEN coalesce(u.n, 0) = 0 THEN 'no batches and no samples' WHEN d.redactions > 0 THEN 'samples were redacted' WHEN l.missing > 0 THEN 'numbered items are missing' END, 'processor', 'direct'
FROM mine m LEFT JOIN units u USING (run_id) LEFT JOIN degraded d USING (run_id) LEFT JOIN lost l USING (run_id)
UNION ALL
SELECT m.run_id, 'artifact_evidence',
       CASE WHEN k.n IS NULL THEN 'absent' WHEN coalesce(h.n, 0) > 0 OR coalesce(d.unlike, 0) > 0 THEN 'partial' ELSE 'complete' END,
       nullif(concat_ws('; ', CASE WHEN k.n IS NULL THEN 'no artifacts' END,
         CASE WHEN h.n > 0 THEN h.n || ' produced artifacts without a hash' END,
         CASE WHEN d.unlike > 0 THEN d.unlike || ' artifacts are gone or not what was recorded' END), ''), 'processor', 'direct'
FROM mine m LEFT JOIN kept k ON k.run_id = m.run_id AND k.name = 'contexta.artifact' LEFT JOIN unhashed h ON h.run_id = m.run_id
LEFT JOIN degraded d ON d.run_id = m.run_id
UNION ALL
SELECT m.run_id, 'reproducibility_context',
       CASE WHEN e.n IS NULL AND c.n IS NULL AND v.run_id IS NULL THEN 'absent' WHEN e.n IS NULL OR c.n IS NULL OR v.run_id IS NULL THEN 'partial' ELSE 'complete' END,
       CASE WHEN e.n IS NULL OR c.n IS NULL OR v.run_id IS NULL THEN 'without ' || concat_ws(', ', CASE WHEN e.n IS NULL THEN 'environment' END,
         CASE WHEN c.n IS NULL THEN 'configuration' END, CASE WHEN v.run_id IS NULL THEN 'code revision' END) END, 'processor', 'direct'
FROM mine m LEFT JOIN kept e ON e.run_id = m.run_id AND e.name = 'contexta.environment'
LEFT JOIN kept c ON c.run_id = m.run_id AND c.name = 'contexta.configuration' LEFT JOIN revisions v ON v.run_id = m.run_id
UNION ALL
SELECT m.run_id, 'relationship_tracing', CASE WHEN coalesce(k.n, 0) + coalesce(a.n, 0) = 0 AND m.parent_run_id IS NULL THEN 'absent' ELSE 'complete' END,
       CASE WHEN coalesce(k.n, 0) + coalesce(a.n, 0) = 0 AND m.parent_run_id IS NULL THEN 'no relations' END, 'processor', 'direct'
FROM mine m LEFT JOIN kept k ON k.run_id = m.run_id AND k.name = 'contexta.relation' LEFT JOIN kept a ON a.run_id = m.run_id AND a.name = 'contexta.artifact'
UNION ALL
SELECT m.run_id, 'operational_outcome', CASE WHEN coalesce(o.n, 0) + coalesce(k.n, 0) = 0 THEN 'absent' ELSE 'complete' END,
       CASE WHEN coalesce(o.n, 0) + coalesce(k.n, 0) = 0 THEN 'no promotion or deployment names this run' END, 'processor', 'direct'
FROM mine m LEFT JOIN outcomes o USING (run_id) LEFT JOIN kept k ON k.run_id = m.run_id AND k.name = 'contexta.promotion'
UNION ALL
SELECT m.run_id, 'investigation_and_interpretation', CASE WHEN coalesce(s.n, 0) = 0 THEN 'absent' ELSE 'complete' END,
       CASE WHEN coalesce(s.n, 0) = 0 THEN 'no report summarizes this run' END, 'processor', 'direct'
FROM mine m LEFT JOIN summaries s USING (run_id);

-- The run itself is as complete as its context and its records.
UPDATE store.runs SET completeness = c.status
FROM (
  SELECT run_id, CASE WHEN count(*) FILTER (status IN ('partial', 'absent')) > 0 THEN 'partial'
                      WHEN count(*) FILTER (status = 'unknown') > 0 THEN 'unknown' ELSE 'complete' END AS status
  FROM store.completeness SEMI JOIN touched USING (run_id)
  WHERE layer IN ('execution_context', 'record_families') GROUP BY run_id
) c WHERE runs.run_id = c.run_id;
