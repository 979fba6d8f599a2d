-- compare_artifacts: what went into two runs, and what came out, in their own words?
-- takes  $baseline, $candidate  run ids
-- gives  one row per run, role (produced, consumed, or the type of a relation the run told) and artifact: run_id, role,
--        artifact_id, kind, path, sha256, fingerprint, size_bytes, version, each as this run told it last; NULL: it did not
-- order  run_id, role, kind, artifact_id
--
-- An artifact id may be told with other contents by other runs, so that `artifacts`, one row per id, is not asked here.
WITH told AS (
  SELECT run_id, role, artifact_id, kind, path, sha256, attributes ->> '$."contexta.dataset.fingerprint"' AS fingerprint,
         size_bytes, version, occurred_at, fact_id
  FROM store.artifact_records WHERE run_id IN ($baseline, $candidate)
  UNION ALL
  SELECT run_id, attributes ->> '$."contexta.relation.type"', attributes ->> '$."contexta.relation.to"', NULL, NULL, NULL, NULL, NULL, NULL,
         occurred_at, fact_id
  FROM facts.records
  WHERE run_id IN ($baseline, $candidate) AND name = 'contexta.relation' AND NOT shadowed
    AND (attributes ->> '$."contexta.relation.from"') = run_id
    AND coalesce(attributes ->> '$."contexta.relation.to_kind"', 'artifact') NOT IN ('run', 'deployment', 'environment')
), ranked AS (
  SELECT run_id, role, artifact_id,
         first_value(kind IGNORE NULLS) OVER w AS kind, first_value(path IGNORE NULLS) OVER w AS path,
         first_value(sha256 IGNORE NULLS) OVER w AS sha256, first_value(fingerprint IGNORE NULLS) OVER w AS fingerprint,
         first_value(size_bytes IGNORE NULLS) OVER w AS size_bytes, first_value(version IGNORE NULLS) OVER w AS version,
         row_number() OVER (PARTITION BY run_id, role, artifact_id ORDER BY occurred_at DESC, fact_id) AS place
  FROM told WHERE role IS NOT NULL AND artifact_id IS NOT NULL
  WINDOW w AS (PARTITION BY run_id, role, artifact_id ORDER BY occurred_at DESC, fact_id
               ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
)
SELECT run_id, role, artifact_id, kind, path, sha256, fingerprint, size_bytes, version
FROM ranked WHERE place = 1
ORDER BY run_id, role, kind, artifact_id
