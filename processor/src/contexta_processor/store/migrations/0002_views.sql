-- 0002: the public tables that are views over facts.
--
-- A row of facts.* that is `shadowed` lost to another copy of the same thing and is never shown.
-- captured_by: as told, else the instrumentation scope. confidence: inferred where the address was
-- guessed from the trace alone.

-- ── the one thing that depends on the time of reading ──────────────────────────────────────────
-- A run that was announced, not closed, and of which nothing was heard for stale_after_s seconds (a variable of
-- the reading connection, 60 unless set) reads as interrupted, with what is open and missing said. Nothing of it
-- is stored: evidence that comes later makes the run running or whatever it says. Exports read store.*.

CREATE VIEW store.stale_runs AS
SELECT run_id, last_seen_at FROM store.runs
WHERE status = 'running' AND epoch_ns(last_seen_at) < epoch_ns(now()) - coalesce(getvariable('stale_after_s')::DOUBLE, 60) * 1e9;

CREATE VIEW runs AS
SELECT r.* REPLACE (CASE WHEN s.run_id IS NULL THEN r.status ELSE 'interrupted' END AS status)
FROM store.runs r LEFT JOIN store.stale_runs s ON s.run_id = r.run_id;

CREATE VIEW stages AS
SELECT t.* REPLACE (CASE WHEN t.status = 'running' AND s.run_id IS NOT NULL THEN 'interrupted' ELSE t.status END AS status)
FROM store.stages t LEFT JOIN store.stale_runs s ON s.run_id = t.run_id;

CREATE VIEW batches AS
SELECT t.* REPLACE (CASE WHEN t.status = 'running' AND s.run_id IS NOT NULL THEN 'interrupted' ELSE t.status END AS status)
FROM store.batches t LEFT JOIN store.stale_runs s ON s.run_id = t.run_id;

CREATE VIEW completeness AS
SELECT c.* REPLACE (CASE WHEN s.run_id IS NULL THEN c.detail
                         ELSE replace(c.detail, 'the run has not ended', 'the run was interrupted: nothing was heard of it since '
                                      || strftime(s.last_seen_at::TIMESTAMP, '%Y-%m-%dT%H:%M:%SZ')) END AS detail)
FROM store.completeness c LEFT JOIN store.stale_runs s ON s.run_id = c.run_id;

CREATE VIEW projects AS
SELECT project, min(first_seen_at) AS first_seen_at, max(last_seen_at) AS last_seen_at, count(*) AS run_count,
       'processor' AS captured_by, 'direct' AS confidence
FROM runs WHERE project IS NOT NULL GROUP BY project;

CREATE VIEW spans AS
SELECT trace_id, span_id, parent_span_id, run_id, stage, s.name, s.kind, s.started_at, s.ended_at,
       CASE WHEN ended_at >= started_at THEN (epoch_ns(ended_at) - epoch_ns(started_at)) / 1e6 END AS duration_ms,
       status, status_message, error_type, r.service_name, s.scope_name, s.attributes,
       evidence_kind, operation, batch_id, sample_id, s.deployment_id, producer_id, seq, links,
       coalesce(captured_by, s.scope_name) AS captured_by,
       CASE claim WHEN 'trace' THEN 'inferred' ELSE 'direct' END AS confidence
FROM facts.spans s LEFT JOIN facts.resources r USING (resource_id)
WHERE NOT shadowed;

CREATE VIEW operations AS
SELECT s.run_id, s.stage, s.span_id AS operation_id, coalesce(s.operation, s.name) AS operation, s.operation_type,
       p.span_id AS parent_operation_id,
       CASE WHEN s.status = 'error' THEN 'failed' ELSE 'completed' END AS status, s.error_type, s.started_at,
       CASE WHEN s.ended_at >= s.started_at THEN (epoch_ns(s.ended_at) - epoch_ns(s.started_at)) / 1e6 END AS duration_ms,
       s.attributes, s.trace_id, s.batch_id, s.sample_id, 'complete' AS completeness,
       coalesce(s.captured_by, s.scope_name) AS captured_by,
       CASE s.claim WHEN 'trace' THEN 'inferred' ELSE 'direct' END AS confidence
FROM facts.spans s
LEFT JOIN facts.spans p
  ON p.run_id = s.run_id AND p.trace_id = s.trace_id AND p.span_id = s.parent_span_id
 AND p.evidence_kind = 'operation' AND NOT p.shadowed
WHERE s.evidence_kind = 'operation' AND NOT s.shadowed
UNION ALL
SELECT run_id, stage, coalesce(stage || '/', '') || operation, operation, NULL, NULL, 'unknown', NULL, started_at, NULL,
       NULL, NULL, NULL, NULL, 'partial', captured_by, 'direct'
FROM store.mentioned_operations;

CREATE VIEW events AS
SELECT run_id, stage, operation, batch_id, sample_id, name, severity, occurred_at, attributes,
       trace_id, span_id, deployment_id,
       coalesce(captured_by, scope_name) AS captured_by,
       CASE claim WHEN 'trace' THEN 'inferred' ELSE 'direct' END AS confidence
FROM facts.events WHERE NOT shadowed;

CREATE VIEW metrics AS
SELECT run_id, deployment_id, stage, operation, batch_id, sample_id, name,
       coalesce(scope, CASE WHEN sample_id IS NOT NULL THEN 'sample' WHEN slices IS NOT NULL THEN 'slice' WHEN batch_id IS NOT NULL THEN 'batch'
                            WHEN operation IS NOT NULL THEN 'operation' WHEN stage IS NOT NULL THEN 'stage'
                            WHEN run_id IS NULL AND deployment_id IS NOT NULL THEN 'deployment' ELSE 'run' END) AS scope,
       array_to_string(slices, ' & ') AS slice, slices, value, unit, step, epoch,
       aggregation, higher_is_better, occurred_at, sample_count, stddev, reference, attributes,
       coalesce(captured_by, scope_name) AS captured_by,
       CASE claim WHEN 'trace' THEN 'inferred' ELSE 'direct' END AS confidence
FROM facts.metrics WHERE NOT shadowed;

-- Each check of an artifact, made by whoever looked at it later; all of them are evidence. One stands until a later check for its run, or until the same bytes
-- (artifact, path and recorded digest) are found as recorded later, for whichever run.
CREATE VIEW verifications AS
WITH told AS (
SELECT attributes ->> '$."contexta.artifact.id"' AS artifact_id, run_id,
       coalesce(attributes ->> '$."contexta.verification.result"', 'not_verifiable') AS result,
       attributes ->> '$."contexta.verification.reason"' AS reason,
       attributes ->> '$."contexta.verification.expected_sha256"' AS expected_sha256,
       attributes ->> '$."contexta.verification.observed_sha256"' AS observed_sha256,
       try_cast(attributes ->> '$."contexta.verification.observed_size_bytes"' AS BIGINT) AS observed_size_bytes,
       attributes ->> '$."contexta.artifact.path"' AS path, occurred_at AS verified_at,
       coalesce(captured_by, scope_name) AS captured_by,
       CASE claim WHEN 'trace' THEN 'inferred' ELSE 'direct' END AS confidence
FROM facts.records
WHERE name = 'contexta.verification' AND NOT shadowed AND (attributes ->> '$."contexta.artifact.id"') IS NOT NULL
)
SELECT *, verified_at IS NOT DISTINCT FROM max(verified_at) OVER (PARTITION BY run_id, artifact_id)
          AND (result = 'match' OR expected_sha256 IS NULL OR coalesce(verified_at >= max(CASE result WHEN 'match' THEN verified_at END)
                                                                                      OVER (PARTITION BY artifact_id, path, expected_sha256), true)) AS stands
FROM told;

-- What the evidence says and proves to be missing, whatever the time. Of what checks of an artifact found for a run, that of the last one is shown while it
-- stands: checking again neither adds a loss nor keeps one that is no more.
CREATE VIEW store.markers AS
WITH told AS (
  SELECT run_id, stage, coalesce(attributes ->> '$."contexta.degraded.subject"', sample_id, batch_id, operation) AS subject,
         coalesce(attributes ->> '$."contexta.degraded.reason"', 'unspecified') AS reason,
         coalesce(attributes ->> '$."contexta.degraded.category"', 'capture') AS category,
         coalesce(attributes ->> '$."contexta.degraded.severity"', 'warning') AS severity,
         attributes ->> '$."contexta.degraded.detail"' AS detail,
         attributes ->> '$."contexta.degraded.remedy"' AS remedy,
         try_cast(attributes ->> '$."contexta.degraded.expected_count"' AS BIGINT) AS expected_count,
         try_cast(attributes ->> '$."contexta.degraded.observed_count"' AS BIGINT) AS observed_count,
         'producer' AS detected_by, occurred_at,
         coalesce(captured_by, scope_name) AS captured_by,
         CASE claim WHEN 'trace' THEN 'inferred' ELSE 'direct' END AS confidence
  FROM facts.records WHERE name = 'contexta.degraded' AND NOT shadowed
)
SELECT * FROM told WHERE category <> 'verification'
UNION ALL
SELECT t.* FROM told t
LEFT JOIN (SELECT run_id, artifact_id, max(verified_at) AS last_at, bool_or(stands) AS stands FROM verifications GROUP BY run_id, artifact_id) v
  ON v.run_id = t.run_id AND v.artifact_id = t.subject
WHERE t.category = 'verification'
  AND (v.last_at IS NULL OR t.occurred_at IS NULL OR t.occurred_at > v.last_at OR (t.occurred_at = v.last_at AND v.stands))
UNION ALL
SELECT run_id, stage, subject, reason, category, severity, detail, remedy, expected_count, observed_count,
       'processor', occurred_at, 'processor', 'direct'
FROM store.processor_markers;

CREATE VIEW degraded_markers AS
FROM store.markers
UNION ALL
SELECT run_id, NULL, run_id, 'run_interrupted', 'interruption', 'error',
       'the run was announced and never closed; the last evidence is of ' || strftime(last_seen_at::TIMESTAMP, '%Y-%m-%dT%H:%M:%SZ'),
       'was the job killed? contexta-ship where it ran delivers what waits there; evidence that comes later counts', NULL, NULL,
       'processor', last_seen_at, 'processor', 'direct'
FROM store.stale_runs
UNION ALL
SELECT t.run_id, t.stage, t.stage_id, 'stage_interrupted', 'interruption', 'warning', 'the stage was open when the evidence ended', NULL, NULL, NULL,
       'processor', s.last_seen_at, 'processor', 'direct'
FROM store.stages t JOIN store.stale_runs s ON s.run_id = t.run_id WHERE t.status = 'running'
UNION ALL
SELECT p.run_id, NULL, p.producer_id, 'evidence_missing', 'transport', 'error',
       p.missing_count || ' of ' || (p.received_count + p.missing_count) || ' numbered items never arrived',
       'contexta-ship where the job ran delivers what waits there; what was in the memory of a killed process is lost',
       p.received_count + p.missing_count, p.received_count, 'processor', s.last_seen_at, 'processor', 'direct'
FROM producers p JOIN store.stale_runs s ON s.run_id = p.run_id WHERE p.missing_count > 0
UNION ALL
SELECT p.run_id, NULL, p.producer_id, 'producer_not_closed', 'interruption', 'warning',
       'the producer never said how much it sent, so losses at its end cannot be seen', NULL, NULL, NULL,
       'processor', s.last_seen_at, 'processor', 'direct'
FROM producers p JOIN store.stale_runs s ON s.run_id = p.run_id WHERE NOT p.closed AND p.last_seq IS NOT NULL;

-- What each run says of the artifacts it has to do with, as told: one row per record.
CREATE VIEW store.artifact_records AS
SELECT attributes ->> '$."contexta.artifact.id"' AS artifact_id, run_id, stage, occurred_at, fact_id,
       coalesce(attributes ->> '$."contexta.artifact.role"', 'produced') AS role,
       attributes ->> '$."contexta.artifact.kind"' AS kind,
       attributes ->> '$."contexta.artifact.path"' AS path,
       attributes ->> '$."contexta.artifact.sha256"' AS sha256,
       try_cast(attributes ->> '$."contexta.artifact.size_bytes"' AS BIGINT) AS size_bytes,
       attributes ->> '$."contexta.artifact.version"' AS version,
       attributes ->> '$."contexta.artifact.summarizes_run"' AS summarizes_run,
       CASE WHEN json_type(attributes -> '$."contexta.artifact.derived_from"') = 'ARRAY'
            THEN from_json(attributes -> '$."contexta.artifact.derived_from"', '["VARCHAR"]') END AS derived_from,
       attributes, coalesce(captured_by, scope_name) AS captured_by, claim
FROM facts.records
WHERE name = 'contexta.artifact' AND NOT shadowed AND (attributes ->> '$."contexta.artifact.id"') IS NOT NULL;

-- Artifacts: who produced it decides; what the winning record leaves out is taken from the others.
CREATE VIEW artifacts AS
WITH ranked AS (
  SELECT artifact_id,
         first_value(CASE WHEN role = 'produced' THEN run_id END IGNORE NULLS) OVER w AS run_id,
         first_value(CASE WHEN role = 'produced' THEN stage END IGNORE NULLS) OVER w AS stage,
         first_value(kind IGNORE NULLS) OVER w AS kind, first_value(path IGNORE NULLS) OVER w AS path,
         first_value(sha256 IGNORE NULLS) OVER w AS sha256, first_value(size_bytes IGNORE NULLS) OVER w AS size_bytes,
         first_value(version IGNORE NULLS) OVER w AS version, first_value(summarizes_run IGNORE NULLS) OVER w AS summarizes_run,
         first_value(derived_from IGNORE NULLS) OVER w AS derived_from,
         occurred_at, attributes, captured_by, claim,
         row_number() OVER (PARTITION BY artifact_id ORDER BY role = 'produced' DESC, occurred_at DESC, fact_id) AS place
  FROM store.artifact_records
  WINDOW w AS (PARTITION BY artifact_id ORDER BY role = 'produced' DESC, occurred_at DESC, fact_id
               ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
)
SELECT artifact_id, kind, run_id, stage, path, sha256, size_bytes, version, summarizes_run, derived_from, occurred_at, attributes,
       CASE WHEN run_id IS NULL OR kind IS NULL THEN 'partial' ELSE 'complete' END AS completeness,
       captured_by, CASE claim WHEN 'trace' THEN 'inferred' ELSE 'direct' END AS confidence
FROM ranked WHERE place = 1;

-- Environments: the earliest snapshot of the run; what it leaves out is taken from later ones.
CREATE VIEW environments AS
WITH told AS (
  SELECT run_id, fact_id, occurred_at, attributes, coalesce(captured_by, scope_name) AS captured_by, claim,
         coalesce(try_cast(attributes ->> '$."contexta.environment.captured_at"' AS TIMESTAMP_NS), occurred_at) AS captured_at
  FROM facts.records WHERE name = 'contexta.environment' AND NOT shadowed AND run_id IS NOT NULL
), ranked AS (
  SELECT run_id, captured_at, captured_by, claim,
         first_value(attributes ->> '$."contexta.environment.python"' IGNORE NULLS) OVER w AS python,
         first_value(attributes ->> '$."contexta.environment.platform"' IGNORE NULLS) OVER w AS platform,
         first_value(attributes ->> '$."contexta.environment.cuda"' IGNORE NULLS) OVER w AS cuda,
         first_value(attributes ->> '$."contexta.environment.hardware"' IGNORE NULLS) OVER w AS hardware,
         first_value(attributes ->> '$."vcs.ref.head.revision"' IGNORE NULLS) OVER w AS vcs_revision,
         first_value(attributes ->> '$."vcs.repository.url.full"' IGNORE NULLS) OVER w AS vcs_repository,
         first_value(try_cast(attributes ->> '$."contexta.environment.vcs_dirty"' AS BOOLEAN) IGNORE NULLS) OVER w AS vcs_dirty,
         first_value(attributes ->> '$."contexta.environment.vcs_diff_sha256"' IGNORE NULLS) OVER w AS vcs_diff_sha256,
         first_value(attributes -> '$."contexta.environment.variables"' IGNORE NULLS) OVER w AS variables,
         row_number() OVER (PARTITION BY run_id ORDER BY captured_at, fact_id) AS place
  FROM told
  WINDOW w AS (PARTITION BY run_id ORDER BY captured_at, fact_id ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
)
SELECT run_id, python, platform, cuda, hardware, captured_at, vcs_revision, vcs_repository, vcs_dirty, vcs_diff_sha256, variables,
       captured_by, CASE claim WHEN 'trace' THEN 'inferred' ELSE 'direct' END AS confidence
FROM ranked WHERE place = 1;

-- Everything told of a run's environment but its packages, a row each, whatever it is (variables: one JSON object); the earliest
-- snapshot that tells one decides. name: without contexta.environment., other names as they are (vcs.*, what a job added).
CREATE VIEW store.environment_facts AS
WITH told AS (
  SELECT r.run_id, r.fact_id, coalesce(try_cast(r.attributes ->> '$."contexta.environment.captured_at"' AS TIMESTAMP_NS), r.occurred_at) AS captured_at,
         CASE WHEN starts_with(e.key, 'contexta.environment.') THEN substr(e.key, length('contexta.environment.') + 1) ELSE e.key END AS name,
         e.value ->> '$' AS value
  FROM facts.records r, json_each(r.attributes) e
  WHERE r.name = 'contexta.environment' AND NOT r.shadowed AND r.run_id IS NOT NULL
    AND (starts_with(e.key, 'contexta.environment.') OR NOT starts_with(e.key, 'contexta.'))
), ranked AS (
  SELECT *, row_number() OVER (PARTITION BY run_id, name ORDER BY captured_at, fact_id) AS place
  FROM told WHERE value IS NOT NULL AND name NOT IN ('packages', 'captured_at', 'event.name')
)
SELECT run_id, name, value FROM ranked WHERE place = 1;

-- Packages: as a map name → version, or as a list of name==version; the earliest snapshot that names one decides.
CREATE VIEW packages AS
WITH told AS (
  SELECT run_id, fact_id, occurred_at, coalesce(captured_by, scope_name) AS captured_by, claim,
         attributes -> '$."contexta.environment.packages"' AS packages
  FROM facts.records WHERE name = 'contexta.environment' AND NOT shadowed AND run_id IS NOT NULL
), named AS (
  SELECT t.run_id, t.fact_id, t.occurred_at, t.captured_by, t.claim, e.key AS name, e.value ->> '$' AS version
  FROM told t, json_each(t.packages) e WHERE json_type(t.packages) = 'OBJECT'
  UNION ALL
  SELECT t.run_id, t.fact_id, t.occurred_at, t.captured_by, t.claim, split_part(e.value ->> '$', '==', 1), split_part(e.value ->> '$', '==', 2)
  FROM told t, json_each(t.packages) e WHERE json_type(t.packages) = 'ARRAY'
), ranked AS (
  SELECT *, row_number() OVER (PARTITION BY run_id, name ORDER BY occurred_at, fact_id, version) AS place FROM named
)
SELECT run_id, name, version, captured_by, CASE claim WHEN 'trace' THEN 'inferred' ELSE 'direct' END AS confidence
FROM ranked WHERE place = 1;

-- Configuration: the last value told for a key stands.
CREATE VIEW configuration AS
WITH told AS (
  SELECT r.run_id, r.fact_id, r.occurred_at, coalesce(r.captured_by, r.scope_name) AS captured_by, r.claim,
         substr(e.key, length('contexta.config.') + 1) AS key, e.value, r.attributes ->> '$."contexta.configuration.source"' AS source
  FROM facts.records r, json_each(r.attributes) e
  WHERE r.name = 'contexta.configuration' AND NOT r.shadowed AND r.run_id IS NOT NULL AND starts_with(e.key, 'contexta.config.')
  UNION ALL
  SELECT r.run_id, r.fact_id, r.occurred_at, coalesce(r.captured_by, r.scope_name), r.claim,
         e.key, e.value, r.attributes ->> '$."contexta.configuration.source"'
  FROM facts.records r, json_each(r.attributes -> '$."contexta.configuration.values"') e
  WHERE r.name = 'contexta.configuration' AND NOT r.shadowed AND r.run_id IS NOT NULL
    AND json_type(r.attributes -> '$."contexta.configuration.values"') = 'OBJECT'
), ranked AS (
  SELECT *, row_number() OVER (PARTITION BY run_id, key ORDER BY occurred_at DESC, fact_id, value) AS place FROM told
)
SELECT run_id, key, value ->> '$' AS value, source, value AS value_json, captured_by, CASE claim WHEN 'trace' THEN 'inferred' ELSE 'direct' END AS confidence
FROM ranked WHERE place = 1;

-- What was told of deployments: one row per record or span. happened_at: when what its status says came about; completed_at
-- where that was told (on a deployment that was live, a later failed or rolled_back that repeats the time it went live means its own
-- time), else its own time.
CREATE VIEW store.deployment_reports AS
WITH told AS (
  SELECT deployment_id, fact_id, occurred_at, attributes, NULL::TIMESTAMP_NS AS span_started_at, NULL::TIMESTAMP_NS AS span_ended_at,
         attributes ->> '$."deployment.status"' AS status, coalesce(captured_by, scope_name) AS captured_by
  FROM facts.records WHERE name = 'contexta.deployment' AND NOT shadowed AND deployment_id IS NOT NULL
  UNION ALL
  SELECT deployment_id, fact_id, coalesce(ended_at, started_at), attributes, started_at, ended_at,
         coalesce(attributes ->> '$."deployment.status"', CASE WHEN status = 'error' THEN 'failed' END), coalesce(captured_by, scope_name)
  FROM facts.spans WHERE evidence_kind = 'deployment' AND NOT shadowed AND deployment_id IS NOT NULL
), dated AS (
  SELECT *, try_cast(attributes ->> '$."contexta.deployment.started_at"' AS TIMESTAMP_NS) AS told_started_at,
         try_cast(attributes ->> '$."contexta.deployment.completed_at"' AS TIMESTAMP_NS) AS told_completed_at
  FROM told
)
SELECT *, CASE WHEN status = 'succeeded'
                 OR (status IN ('failed', 'rolled_back') AND count(*) FILTER (status = 'succeeded') OVER (PARTITION BY deployment_id, told_completed_at) = 0)
               THEN coalesce(told_completed_at, occurred_at, told_started_at)
               ELSE coalesce(occurred_at, told_completed_at, told_started_at) END AS happened_at,
       CASE status WHEN 'rolled_back' THEN 3 WHEN 'failed' THEN 2 WHEN 'succeeded' THEN 1 ELSE 0 END AS gravity
FROM dated;

-- One row per deployment. Status: that of the report that came about last (at one time the gravest); started at the earliest time told, completed when
-- it first succeeded, else failed, else was rolled back; the rest as last told.
CREATE VIEW store.merged_deployments AS
WITH ranked AS (
  SELECT deployment_id,
         first_value(attributes ->> '$."deployment.environment.name"' IGNORE NULLS) OVER last_told AS environment,
         first_value(status IGNORE NULLS) OVER (PARTITION BY deployment_id ORDER BY happened_at DESC, gravity DESC, fact_id
                                                ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS status,
         coalesce(min(told_started_at) OVER last_told, min(span_started_at) OVER last_told) AS started_at,
         first_value(coalesce(told_completed_at, CASE WHEN gravity > 0 THEN span_ended_at END) IGNORE NULLS) OVER (
           PARTITION BY deployment_id ORDER BY gravity = 0, gravity, happened_at, fact_id ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS completed_at,
         first_value(attributes ->> '$."contexta.deployment.artifact_id"' IGNORE NULLS) OVER last_told AS promoted_artifact,
         first_value(attributes ->> '$."contexta.deployment.source_run_id"' IGNORE NULLS) OVER last_told AS source_run,
         first_value(attributes ->> '$."contexta.deployment.report_id"' IGNORE NULLS) OVER last_told AS supporting_report,
         max(occurred_at) OVER last_told AS last_seen_at, captured_by,
         row_number() OVER (PARTITION BY deployment_id ORDER BY occurred_at DESC, fact_id) AS place
  FROM store.deployment_reports
  WINDOW last_told AS (PARTITION BY deployment_id ORDER BY occurred_at DESC, fact_id ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
)
SELECT deployment_id, environment, coalesce(status, 'pending') AS status, started_at, completed_at,
       promoted_artifact, source_run, supporting_report, last_seen_at, captured_by
FROM ranked WHERE place = 1;

-- From when to when each deployment stood ready to serve: from each success until it failed or was rolled back, if ever. place: its
-- environment; a deployment whose environment is not known is alone in a place of its own. The rest as merged.
CREATE VIEW store.deployment_turns AS
WITH moves AS (
  SELECT DISTINCT r.deployment_id, coalesce('in ' || m.environment, 'of ' || m.deployment_id) AS place, r.happened_at, r.gravity = 1 AS up,
         m.environment, m.promoted_artifact, m.source_run, m.captured_by
  FROM store.deployment_reports r JOIN store.merged_deployments m ON m.deployment_id = r.deployment_id
  WHERE r.gravity > 0 AND r.happened_at IS NOT NULL
), ended AS (
  SELECT *, happened_at AS up_from,
         min(CASE WHEN NOT up THEN happened_at END) OVER (PARTITION BY deployment_id ORDER BY happened_at, NOT up
                                                          ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS up_until
  FROM moves
)
SELECT deployment_id, place, up_from, up_until, environment, promoted_artifact, source_run, captured_by
FROM ended WHERE up AND (up_until IS NULL OR up_until > up_from);

-- What was live when. At any time it is, of those that stand ready in an environment, the one that came last (of several at one time the
-- greatest id): a newer one takes over, and when that ends in failure or rollback, what was live before is live again. arrived: it began
-- because the deployment came up, not because another one went.
CREATE VIEW store.deployment_lives AS
WITH turns AS (
  FROM store.deployment_turns
), arrivals AS (
  SELECT place, up_from AS since, max(deployment_id) AS deployment_id FROM turns GROUP BY place, up_from
), departures AS (
  SELECT DISTINCT t.place, t.up_until AS since FROM turns t
  WHERE t.up_until IS NOT NULL AND NOT EXISTS (SELECT 1 FROM arrivals a WHERE a.place = t.place AND a.since = t.up_until)
), left_standing AS (
  SELECT d.place, d.since, t.deployment_id,
         row_number() OVER (PARTITION BY d.place, d.since ORDER BY t.up_from DESC, t.deployment_id DESC) AS rank
  FROM departures d LEFT JOIN turns t
    ON t.place = d.place AND t.up_from < d.since AND (t.up_until IS NULL OR t.up_until > d.since)
), changes AS (
  SELECT place, since, deployment_id, TRUE AS arrived FROM arrivals
  UNION ALL SELECT place, since, deployment_id, FALSE FROM left_standing WHERE rank = 1
), real_changes AS (
  SELECT *, lag(deployment_id) OVER (PARTITION BY place ORDER BY since) IS DISTINCT FROM deployment_id AS other FROM changes
), intervals AS (
  SELECT deployment_id, since, lead(since) OVER (PARTITION BY place ORDER BY since) AS until, arrived FROM real_changes WHERE other
), told AS (
  SELECT DISTINCT deployment_id, environment, promoted_artifact, source_run, captured_by FROM turns
)
SELECT t.environment, i.deployment_id, t.promoted_artifact, t.source_run, i.since AS live_from, i.until AS live_until, i.arrived, t.captured_by
FROM intervals i JOIN told t ON t.deployment_id = i.deployment_id;

CREATE VIEW deployment_intervals AS
SELECT environment, deployment_id, promoted_artifact AS artifact, source_run AS run, live_from, live_until, captured_by, 'direct' AS confidence
FROM store.deployment_lives;

-- Deployments: active is what is live as far as the evidence goes.
CREATE VIEW deployments AS
SELECT m.deployment_id, m.environment, m.status, m.started_at, m.completed_at, m.promoted_artifact, m.source_run, m.supporting_report,
       i.deployment_id IS NOT NULL AS active,
       CASE WHEN m.environment IS NULL OR m.promoted_artifact IS NULL THEN 'partial' ELSE 'complete' END AS completeness,
       m.captured_by, 'direct' AS confidence
FROM store.merged_deployments m
LEFT JOIN (SELECT deployment_id FROM deployment_intervals WHERE live_until IS NULL) i ON i.deployment_id = m.deployment_id;

-- Checks of deployments: the last result told of each.
CREATE VIEW deployment_checks AS
WITH named AS (
  SELECT t.deployment_id, t.fact_id, t.occurred_at, t.captured_by,
         substr(e.key, length('contexta.deployment.check.') + 1) AS name, e.value ->> '$' AS result
  FROM store.deployment_reports t, json_each(t.attributes) e WHERE starts_with(e.key, 'contexta.deployment.check.')
), ranked AS (
  SELECT *, row_number() OVER (PARTITION BY deployment_id, name ORDER BY occurred_at DESC, fact_id) AS place FROM named
)
SELECT deployment_id, name, result, occurred_at, captured_by, 'direct' AS confidence FROM ranked WHERE place = 1;

CREATE VIEW promotions AS
SELECT DISTINCT attributes ->> '$."contexta.artifact.id"' AS artifact_id,
       attributes ->> '$."contexta.promotion.from"' AS from_environment,
       attributes ->> '$."contexta.promotion.to"' AS to_environment,
       coalesce(attributes ->> '$."contexta.promotion.decision"', 'approved') AS decision,
       attributes ->> '$."contexta.promotion.report_id"' AS report_id,
       attributes ->> '$."contexta.promotion.by"' AS decided_by,
       run_id, occurred_at, coalesce(captured_by, scope_name) AS captured_by, 'direct' AS confidence
FROM facts.records WHERE name = 'contexta.promotion' AND NOT shadowed;
