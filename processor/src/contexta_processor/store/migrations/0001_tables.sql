-- 0001: the first evidence database.
--
-- Three schemas:
--   facts  what was told, kept once by identity and content; grows as a set, so order never matters
--   main   what people query: views over facts, and tables computed per touched run from facts
--   store  bookkeeping: how far the journal is taken in, which runs are to be computed again
--
-- No PRIMARY KEY and no index anywhere: the set is kept by anti-joins in store/apply/*.sql.

CREATE SCHEMA facts;
CREATE SCHEMA store;

-- ── bookkeeping ────────────────────────────────────────────────────────────────────────────────

CREATE TABLE store.schema_version (version INTEGER NOT NULL, name VARCHAR NOT NULL);
COMMENT ON TABLE store.schema_version IS 'One row per migration that has run.';

CREATE TABLE store.journal_position (position BIGINT NOT NULL);
COMMENT ON TABLE store.journal_position IS 'One row: everything in the journal below this byte is in this database. Written in the same transaction as the rows.';
INSERT INTO store.journal_position VALUES (0);

CREATE TABLE store.dirty_runs (run_id VARCHAR NOT NULL);
COMMENT ON TABLE store.dirty_runs IS 'Runs whose facts changed since runs, stages, … were last computed from them; an empty id for what belongs to no run.';

CREATE TABLE store.journal_damage (position BIGINT NOT NULL, bytes_skipped BIGINT NOT NULL);
COMMENT ON TABLE store.journal_damage IS 'Stretches of the journal that could not be read.';

-- ── facts ──────────────────────────────────────────────────────────────────────────────────────
-- Common to spans, events, records, metrics and samples:
--   fact_id     64 bits of a hash over everything below it in the row: the same content, the same id
--   addressed   the row carries its own run id; otherwise run_id … sample_id were inherited
--   claim       how an address was inherited: span (from the span it is on or under), trace (the only run of its trace)
--   attributes  JSON text, made by us, so not checked again on the way in
--   shadowed    another row with the same identity and other content was preferred on reading

CREATE TABLE facts.resources (
  resource_id            UBIGINT NOT NULL,
  service_name           VARCHAR,
  service_instance_id    VARCHAR,
  host_name              VARCHAR,
  process_pid            BIGINT,
  deployment_id          VARCHAR,
  deployment_environment VARCHAR,
  attributes             VARCHAR NOT NULL
);
COMMENT ON TABLE facts.resources IS 'OpenTelemetry resources (who emitted), one row per distinct set of attributes.';

CREATE TABLE facts.spans (
  fact_id UBIGINT NOT NULL, trace_id VARCHAR NOT NULL, span_id VARCHAR NOT NULL, parent_span_id VARCHAR,
  name VARCHAR NOT NULL, kind VARCHAR NOT NULL, started_at TIMESTAMP_NS, ended_at TIMESTAMP_NS,
  status VARCHAR NOT NULL, status_message VARCHAR, error_type VARCHAR, trace_state VARCHAR,
  evidence_kind VARCHAR, operation_type VARCHAR,
  run_id VARCHAR, project VARCHAR, stage VARCHAR, operation VARCHAR, batch_id VARCHAR, sample_id VARCHAR, slices VARCHAR[],
  deployment_id VARCHAR, producer_id VARCHAR, seq BIGINT, captured_by VARCHAR,
  attributes VARCHAR, links VARCHAR,
  dropped_attributes UINTEGER NOT NULL, dropped_events UINTEGER NOT NULL, dropped_links UINTEGER NOT NULL,
  resource_id UBIGINT NOT NULL, scope_name VARCHAR, scope_version VARCHAR, schema_url VARCHAR,
  addressed BOOLEAN NOT NULL, claim VARCHAR, shadowed BOOLEAN NOT NULL
);
COMMENT ON TABLE facts.spans IS 'Every span. Identity: trace_id, span_id.';

CREATE TABLE facts.events (
  fact_id UBIGINT NOT NULL, event_id VARCHAR, producer_id VARCHAR, seq BIGINT, content_key UBIGINT,
  trace_id VARCHAR, span_id VARCHAR, name VARCHAR NOT NULL, occurred_at TIMESTAMP_NS, severity VARCHAR,
  run_id VARCHAR, project VARCHAR, stage VARCHAR, operation VARCHAR, batch_id VARCHAR, sample_id VARCHAR, slices VARCHAR[],
  deployment_id VARCHAR, captured_by VARCHAR, attributes VARCHAR,
  dropped_attributes UINTEGER NOT NULL, resource_id UBIGINT NOT NULL, scope_name VARCHAR,
  addressed BOOLEAN NOT NULL, claim VARCHAR, shadowed BOOLEAN NOT NULL
);
COMMENT ON TABLE facts.events IS 'Narrative events and log records. Identity: event_id, else producer_id and seq, else content_key (a hash of what was told, without who relayed it).';

CREATE TABLE facts.records AS FROM facts.events;
COMMENT ON TABLE facts.records IS 'Structured contexta.* events of low volume (artifacts, environments, relations, heartbeats, …), all attributes as JSON. Identity as in facts.events.';

CREATE TABLE facts.metrics (
  fact_id UBIGINT NOT NULL, event_id VARCHAR, producer_id VARCHAR, seq BIGINT, content_key UBIGINT, series_index INTEGER,
  trace_id VARCHAR, span_id VARCHAR, name VARCHAR NOT NULL, value DOUBLE, unit VARCHAR, scope VARCHAR,
  step BIGINT, epoch DOUBLE, aggregation VARCHAR, higher_is_better BOOLEAN, sample_count BIGINT, stddev DOUBLE, reference VARCHAR,
  occurred_at TIMESTAMP_NS,
  run_id VARCHAR, project VARCHAR, stage VARCHAR, operation VARCHAR, batch_id VARCHAR, sample_id VARCHAR, slices VARCHAR[],
  deployment_id VARCHAR, captured_by VARCHAR, attributes VARCHAR,
  dropped_attributes UINTEGER NOT NULL, resource_id UBIGINT NOT NULL, scope_name VARCHAR,
  addressed BOOLEAN NOT NULL, claim VARCHAR, shadowed BOOLEAN NOT NULL
);
COMMENT ON TABLE facts.metrics IS 'One row per measured value: metric events, each value of a packed series (series_index), each point of an OpenTelemetry metric.';

CREATE TABLE facts.samples (
  fact_id UBIGINT NOT NULL, event_id VARCHAR, producer_id VARCHAR, seq BIGINT, content_key UBIGINT,
  trace_id VARCHAR, span_id VARCHAR, occurred_at TIMESTAMP_NS,
  run_id VARCHAR, project VARCHAR, stage VARCHAR, operation VARCHAR, batch_id VARCHAR, sample_id VARCHAR, slices VARCHAR[],
  status VARCHAR, input_summary VARCHAR, output_summary VARCHAR, expected_summary VARCHAR,
  failure_tags VARCHAR[], redacted BOOLEAN, top_document_ids VARCHAR[], expected_document_id VARCHAR,
  score_names VARCHAR[], score_values DOUBLE[],
  deployment_id VARCHAR, captured_by VARCHAR, attributes VARCHAR,
  dropped_attributes UINTEGER NOT NULL, resource_id UBIGINT NOT NULL, scope_name VARCHAR,
  addressed BOOLEAN NOT NULL, claim VARCHAR, shadowed BOOLEAN NOT NULL
);
COMMENT ON TABLE facts.samples IS 'Sample events as told; main.samples holds one row per sample, merged from these.';

-- ── computed per touched run from facts (store/derive/*.sql); what main shows of runs, stages, batches and
--    completeness depends on the time too, see 0002 ───────────────────────────────────

CREATE TABLE store.runs (
  run_id VARCHAR NOT NULL, project VARCHAR, name VARCHAR, run_type VARCHAR, status VARCHAR NOT NULL,
  started_at TIMESTAMP_NS, ended_at TIMESTAMP_NS, duration_ms DOUBLE,
  parent_run_id VARCHAR, attempt INTEGER, trace_id VARCHAR, service_name VARCHAR, tags JSON, expected_stages VARCHAR[],
  first_seen_at TIMESTAMP_NS, last_seen_at TIMESTAMP_NS,
  completeness VARCHAR NOT NULL, captured_by VARCHAR, confidence VARCHAR NOT NULL
);
COMMENT ON TABLE store.runs IS 'As the evidence has it, whatever the time: a run that was announced and never closed is running. main.runs shows it.';
CREATE TABLE store.stages (
  run_id VARCHAR NOT NULL, stage_id VARCHAR NOT NULL, stage VARCHAR NOT NULL, stage_index INTEGER, attempt INTEGER, status VARCHAR NOT NULL,
  started_at TIMESTAMP_NS, ended_at TIMESTAMP_NS, duration_ms DOUBLE,
  completeness VARCHAR NOT NULL, captured_by VARCHAR, confidence VARCHAR NOT NULL
);
COMMENT ON TABLE store.stages IS 'As store.runs; main.stages shows it.';
CREATE TABLE store.mentioned_operations (
  run_id VARCHAR NOT NULL, stage VARCHAR, operation VARCHAR NOT NULL, started_at TIMESTAMP_NS, captured_by VARCHAR
);
COMMENT ON TABLE store.mentioned_operations IS 'Operations known only by name, from the address of other evidence.';
CREATE TABLE store.batches (
  run_id VARCHAR NOT NULL, stage VARCHAR, batch_id VARCHAR NOT NULL, batch_type VARCHAR, batch_index INTEGER, size BIGINT, status VARCHAR NOT NULL,
  started_at TIMESTAMP_NS, ended_at TIMESTAMP_NS, duration_ms DOUBLE,
  completeness VARCHAR NOT NULL, captured_by VARCHAR, confidence VARCHAR NOT NULL
);
COMMENT ON TABLE store.batches IS 'As store.runs; main.batches shows it.';
CREATE TABLE samples (
  run_id VARCHAR NOT NULL, stage VARCHAR, batch_id VARCHAR, sample_id VARCHAR NOT NULL, slices VARCHAR[],
  input_summary VARCHAR, output_summary VARCHAR, expected_summary VARCHAR, status VARCHAR, failure_tags VARCHAR[], redacted BOOLEAN,
  retrieval JSON, attributes JSON, occurred_at TIMESTAMP_NS,
  completeness VARCHAR NOT NULL, captured_by VARCHAR, confidence VARCHAR NOT NULL
);
CREATE TABLE sample_scores (
  run_id VARCHAR NOT NULL, stage VARCHAR, batch_id VARCHAR, sample_id VARCHAR NOT NULL, score_name VARCHAR NOT NULL, value DOUBLE,
  captured_by VARCHAR, confidence VARCHAR NOT NULL
);
CREATE TABLE sample_slices (run_id VARCHAR NOT NULL, sample_id VARCHAR NOT NULL, slice VARCHAR NOT NULL, captured_by VARCHAR, confidence VARCHAR NOT NULL);
CREATE TABLE producers (
  producer_id VARCHAR NOT NULL, run_id VARCHAR NOT NULL, service_name VARCHAR, host VARCHAR, pid BIGINT, rank INTEGER, world_size INTEGER,
  first_seen_at TIMESTAMP_NS, last_seen_at TIMESTAMP_NS, last_seq BIGINT, received_count BIGINT NOT NULL,
  missing_count BIGINT, dropped_count BIGINT, closed BOOLEAN NOT NULL,
  captured_by VARCHAR, confidence VARCHAR NOT NULL
);
CREATE TABLE store.completeness (
  run_id VARCHAR NOT NULL, layer VARCHAR NOT NULL, status VARCHAR NOT NULL, detail VARCHAR,
  captured_by VARCHAR, confidence VARCHAR NOT NULL
);
COMMENT ON TABLE store.completeness IS 'As store.runs; main.completeness shows it.';
CREATE TABLE store.processor_markers (
  run_id VARCHAR, stage VARCHAR, subject VARCHAR, reason VARCHAR NOT NULL, category VARCHAR NOT NULL, severity VARCHAR NOT NULL,
  detail VARCHAR, remedy VARCHAR, expected_count BIGINT, observed_count BIGINT, occurred_at TIMESTAMP_NS
);
COMMENT ON TABLE store.processor_markers IS 'Degraded markers the processor found itself; computed per run.';

CREATE TABLE quarantine (
  received_at TIMESTAMP_NS, signal VARCHAR NOT NULL, reason VARCHAR NOT NULL, detail VARCHAR, size_bytes BIGINT NOT NULL, path VARCHAR,
  sha256 VARCHAR, item_count BIGINT, run_ids VARCHAR[], rejected BOOLEAN NOT NULL, captured_by VARCHAR NOT NULL, confidence VARCHAR NOT NULL
);
