-- stages: one row per stage and attempt of the touched runs; several producers may share one.
-- takes  temp tables touched, mentions; runs as just computed
-- rules  started earliest, ended latest, status most severe; a stage that evidence names but no span closed is
--        running while its run is, else unknown, and known only in part
DELETE FROM store.stages WHERE run_id IN (SELECT run_id FROM touched);
INSERT INTO store.stages
WITH closed AS (
  SELECT run_id, stage, try_cast(attributes ->> '$."contexta.stage.attempt"' AS INTEGER) AS attempt,
         min(try_cast(attributes ->> '$."contexta.stage.index"' AS INTEGER)) AS stage_index,
         min(started_at) AS started_at, max(ended_at) AS ended_at,
         max(CASE coalesce(attributes ->> '$."contexta.stage.status"', CASE WHEN status = 'error' THEN 'failed' END)
             WHEN 'failed' THEN 4 WHEN 'interrupted' THEN 3 WHEN 'skipped' THEN 2 ELSE 1 END) AS severity,
         min(coalesce(captured_by, scope_name)) AS captured_by
  FROM facts.spans SEMI JOIN touched USING (run_id)
  WHERE evidence_kind = 'stage' AND stage IS NOT NULL AND NOT shadowed
  GROUP BY ALL
), named AS (
  SELECT run_id, stage, min(first_at) AS started_at, min(captured_by) AS captured_by
  FROM mentions m WHERE stage IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM closed c WHERE c.run_id = m.run_id AND c.stage = m.stage)
  GROUP BY run_id, stage
)
SELECT run_id, stage || CASE WHEN coalesce(attempt, 1) = 1 THEN '' ELSE '#' || attempt END, stage, stage_index, attempt,
       list_extract(['completed', 'skipped', 'interrupted', 'failed'], severity), started_at, ended_at,
       CASE WHEN ended_at >= started_at THEN (epoch_ns(ended_at) - epoch_ns(started_at)) / 1e6 END,
       'complete', captured_by, 'direct'
FROM closed
UNION ALL
SELECT n.run_id, n.stage, n.stage, NULL, NULL, CASE WHEN r.status = 'running' THEN 'running' ELSE 'unknown' END,
       n.started_at, NULL, NULL, 'partial', n.captured_by, 'direct'
FROM named n JOIN store.runs r USING (run_id);
