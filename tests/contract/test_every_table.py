"""Everything the wire contract names, told in raw OTLP, is read back from the tables of the surface contract."""

from collections.abc import Iterator

import pytest
from contract.doors import Server, answer, contexta
from contract.otlp_words import js_logs, js_traces, logs, traces
from contract.whole_story import RESOURCE, as_logs, as_spans, ledger, numbered

RUNS = ["over-grpc", "over-http", "over-json", "as-logs"]
TABLES = {
    "projects": "project first_seen_at last_seen_at run_count",
    "runs": "run_id project name run_type status started_at ended_at duration_ms parent_run_id attempt trace_id "
    "service_name tags completeness",
    "stages": "run_id stage_id stage stage_index attempt status started_at ended_at duration_ms",
    "operations": "run_id stage operation_id operation operation_type parent_operation_id status error_type started_at "
    "duration_ms attributes",
    "batches": "run_id stage batch_id batch_type batch_index size status started_at duration_ms",
    "samples": "run_id stage batch_id sample_id slices input_summary output_summary expected_summary status failure_tags "
    "redacted retrieval attributes",
    "sample_scores": "run_id stage batch_id sample_id score_name value",
    "sample_slices": "run_id sample_id slice",
    "events": "run_id stage operation batch_id sample_id name severity occurred_at attributes",
    "metrics": "run_id deployment_id stage operation batch_id sample_id name scope slice slices value unit step epoch "
    "aggregation higher_is_better occurred_at",
    "spans": "trace_id span_id parent_span_id run_id stage name kind started_at duration_ms status service_name scope_name "
    "attributes",
    "degraded_markers": "run_id stage subject reason category severity detail remedy expected_count observed_count "
    "detected_by occurred_at",
    "artifacts": "artifact_id kind run_id stage path sha256 size_bytes version summarizes_run occurred_at",
    "environments": "run_id python platform cuda hardware captured_at vcs_revision variables",
    "packages": "run_id name version",
    "configuration": "run_id key value source",
    "relationships": "type from_id from_kind to_id to_kind captured_by confidence evidence occurred_at",
    "deployments": "deployment_id environment status started_at completed_at promoted_artifact source_run supporting_report "
    "active",
    "promotions": "artifact_id from_environment to_environment decision report_id decided_by run_id occurred_at",
    "deployment_checks": "deployment_id name result",
    "producers": "producer_id run_id service_name host pid rank first_seen_at last_seen_at last_seq received_count "
    "missing_count dropped_count closed",
    "completeness": "run_id layer status detail",
    "quarantine": "received_at signal reason detail size_bytes",
}  # fmt: skip

PARTIAL = ("runs", "stages", "operations", "batches", "samples", "artifacts", "deployments")


@pytest.fixture(scope="module", params=RUNS)
def run(request: pytest.FixtureRequest, told: Server) -> Iterator[str]:
    """Each of the four ways the same story came."""
    assert told
    return request.param


@pytest.fixture(scope="module")
def told(server: Server) -> Server:
    """The story, told four times: three doors with span events, and once with log records."""
    for trace, (run_id, send) in enumerate(
        [("over-grpc", server.grpc), ("over-http", server.http), ("over-json", server.js)], 0x21
    ):
        send(traces(as_spans(run_id, trace), RESOURCE))
    spans, records = as_logs("as-logs", 0x24)
    server.js(logs(records, RESOURCE))
    server.grpc(traces(spans, RESOURCE))
    for trace, run_id in enumerate(RUNS, 0x21):
        last = max(numbered(run_id)[1].values())
        server.grpc(logs([ledger(run_id, trace, last)], RESOURCE))
    server.settled()
    return server


def test_every_table_has_the_columns_of_the_contract(told: Server) -> None:
    """Names as they stand, and every row says who captured it and how sure that is."""
    have: dict[str, set[str]] = {}
    listed = "SELECT table_name AS t, column_name AS c FROM information_schema.columns WHERE table_schema = 'main'"
    for row in told.sql(listed):
        have.setdefault(row["t"], set()).add(row["c"])
    for table, columns in TABLES.items():
        wanted = {*columns.split(), "captured_by", "confidence"}
        assert wanted <= have[table], (table, wanted - have[table])


def test_every_row_says_where_it_came_from(told: Server) -> None:
    """captured_by is never empty; confidence and completeness are of their few words."""
    parts = [
        f"SELECT '{table}' AS t, captured_by, confidence, "
        f"{'completeness' if table in PARTIAL else 'NULL'} AS completeness FROM {table}"
        for table in TABLES
    ]
    for row in told.sql(" UNION ".join(parts)):
        assert row["captured_by"], row
        assert row["confidence"] in ("direct", "inferred"), row
        assert row["completeness"] in ("complete", "partial", "unknown", None), row
        assert row["t"] not in PARTIAL or row["completeness"], row


def test_the_run(told: Server, run: str) -> None:
    """Name, type, parent, attempt, tags, times and service of the run span."""
    row = told.row(f"SELECT * REPLACE (tags ->> 'owner' AS tags) FROM runs WHERE run_id = '{run}'")
    expected = {
        "project": "support", "name": "nightly", "run_type": "evaluation", "status": "completed",
        "started_at": "2026-05-03T09:20:00Z", "ended_at": "2026-05-03T09:21:00Z", "duration_ms": 60000.0,
        "parent_run_id": f"{run}-parent", "attempt": 2, "service_name": "support-bot-eval", "tags": "search",
    }  # fmt: skip
    assert {key: row[key] for key in expected} == expected
    assert row["trace_id"] == f"{0x21 + RUNS.index(run):032x}"


def test_stages_operations_and_batches(told: Server, run: str) -> None:
    """The structure inside the run, with times, status, index, error and parents."""
    stage = told.row(f"SELECT * FROM stages WHERE run_id = '{run}'")
    assert (stage["stage"], stage["stage_index"], stage["attempt"], stage["status"]) == (
        "evaluate", 1, 1, "completed",
    )  # fmt: skip
    assert (stage["started_at"], stage["ended_at"], stage["duration_ms"]) == (
        "2026-05-03T09:20:01Z", "2026-05-03T09:20:51Z", 50000.0,
    )  # fmt: skip
    rows = told.sql(
        "SELECT operation, operation_type, status, error_type, duration_ms, attributes ->> 'index' AS idx, stage, "
        f"parent_operation_id, operation_id FROM operations WHERE run_id = '{run}' ORDER BY started_at"
    )
    by_name = {row["operation"]: row for row in rows}
    assert list(by_name) == ["retrieve", "rerank", "generate"]
    assert {row["stage"] for row in rows} == {"evaluate"}
    retrieve, rerank, generate = by_name.values()
    assert (retrieve["operation_type"], retrieve["duration_ms"], retrieve["idx"]) == (
        "retrieval", 1500.0, "hnsw",
    )  # fmt: skip
    assert rerank["parent_operation_id"] == retrieve["operation_id"]
    assert (generate["status"], generate["error_type"]) == ("failed", "ValueError")
    batch = told.row(f"SELECT * FROM batches WHERE run_id = '{run}'")
    assert [batch[key] for key in ("stage", "batch_id", "batch_type", "batch_index", "size", "status", "duration_ms")] == [
        "evaluate", "fold_03", "fold", 3, 100, "completed", 10000.0,
    ]  # fmt: skip


def test_samples(told: Server, run: str) -> None:
    """From an event and from a span; scores once, slices each, what else was said is kept."""
    rows = told.sql(
        f"SELECT *, attributes ->> 'customer_tier' AS tier FROM samples WHERE run_id = '{run}' ORDER BY sample_id"
    )
    assert [row["sample_id"] for row in rows] == ["prompt_042", "prompt_043"]
    expected = {
        "stage": "evaluate", "batch_id": "fold_03", "slices": ["refunds"], "input_summary": "refund?",
        "output_summary": "yes", "expected_summary": "no", "status": "failed",
        "failure_tags": ["unsupported_claim", "late"], "redacted": True, "tier": "gold",
    }  # fmt: skip
    assert {key: rows[0][key] for key in expected} == expected
    assert (rows[1]["batch_id"], rows[1]["slices"], rows[1]["status"]) == (
        "fold_03", ["a", "b"], "passed",
    )  # fmt: skip
    scores = told.sql(
        f"SELECT sample_id, score_name, value FROM sample_scores WHERE run_id = '{run}' ORDER BY ALL"
    )
    assert {(row["sample_id"], row["score_name"], row["value"]) for row in scores} == {
        ("prompt_042", "faithfulness", 1.0), ("prompt_042", "relevance", 0.41), ("prompt_043", "relevance", 0.9),
    }  # fmt: skip
    assert len(scores) == 3, "one row per score, however many slices"
    slices = told.sql(
        f"SELECT sample_id AS s, slice AS t FROM sample_slices WHERE run_id = '{run}' ORDER BY ALL"
    )
    assert {(row["s"], row["t"]) for row in slices} == {
        ("prompt_042", "refunds"), ("prompt_043", "a"), ("prompt_043", "b"),
    }  # fmt: skip


def test_events(told: Server, run: str) -> None:
    """Narrative events with what they say; structured ones are not among them."""
    rows = told.sql(
        f"SELECT name, stage, operation, attributes ->> 'dataset' AS dataset, attributes ->> '$.\"exception.type\"' AS error "
        f"FROM events WHERE run_id = '{run}' ORDER BY occurred_at"
    )
    assert [row["name"] for row in rows] == [
        "evaluation_started", "fallback_loader_used", "exception", "said_twice",
    ]  # fmt: skip
    assert rows[0]["dataset"] == "support_eval"
    assert (rows[2]["operation"], rows[2]["error"]) == ("generate", "ValueError")
    assert {row["stage"] for row in rows} == {"evaluate"}


def test_metrics(told: Server, run: str) -> None:
    """Every field of a metric; without a scope, the narrowest address; several slices, their intersection."""
    rows = told.sql(f"SELECT * FROM metrics WHERE run_id = '{run}' ORDER BY occurred_at, step")
    by_name = {(row["name"], row["slice"]): row for row in rows if row["name"] != "train_loss"}
    accuracy = by_name["accuracy", None]
    expected = {
        "value": 0.91, "unit": "1", "scope": "run", "step": 7, "epoch": 1.5, "aggregation": "mean",
        "higher_is_better": True, "sample_count": 3, "stddev": 0.25, "reference": "artifact-0", "stage": None,
    }  # fmt: skip
    assert {key: accuracy[key] for key in expected} == expected
    assert {key: row["scope"] for key, row in by_name.items()} == {
        ("accuracy", None): "run", ("faithfulness", "refunds"): "slice", ("faithfulness", "english & refunds"): "slice",
        ("seconds", None): "stage", ("tokens", None): "operation", ("loss", None): "batch", ("latency", "a & b"): "sample",
    }  # fmt: skip
    assert by_name["faithfulness", "english & refunds"]["slices"] == ["english", "refunds"]
    assert by_name["seconds", None]["value"] == 2.0
    assert by_name["latency", "a & b"]["sample_id"] == "prompt_043"
    series = [
        (row["step"], row["value"], row["unit"]) for row in rows if row["name"] == "train_loss"
    ]
    assert series == [(0, 3.0, "1"), (10, 2.0, "1"), (20, 1.0, "1")]


def test_artifacts(told: Server, run: str) -> None:
    """Where they are, how big, what they are of; a data set somebody consumed has no producer."""
    rows = told.sql(
        f"SELECT * FROM artifacts WHERE starts_with(artifact_id, '{run}-') ORDER BY artifact_id"
    )
    data, model, report = rows
    expected = {
        "artifact_id": f"{run}-model", "kind": "model_bundle", "run_id": run, "stage": "evaluate",
        "path": "s3://models/m.tgz", "sha256": "ab" * 32, "size_bytes": 5_000_000_000, "version": "v17",
    }  # fmt: skip
    assert {key: model[key] for key in expected} == expected
    assert (data["kind"], data["run_id"]) == ("dataset_snapshot", None)
    assert report["summarizes_run"] == run


def test_reproducibility(told: Server, run: str) -> None:
    """Environment, packages and configuration, each setting with its source."""
    environment = told.row(
        f"SELECT *, variables ->> 'OMP_NUM_THREADS' AS threads FROM environments WHERE run_id = '{run}'"
    )
    expected = {
        "python": "3.11.8", "platform": "linux-x86_64", "cuda": "12.4", "hardware": "8xH100",
        "captured_at": "2026-05-03T09:12:44Z", "vcs_revision": "deadbeef", "threads": "8",
    }  # fmt: skip
    assert {key: environment[key] for key in expected} == expected
    packages = told.sql(f"SELECT name, version FROM packages WHERE run_id = '{run}'")
    assert {(row["name"], row["version"]) for row in packages} == {
        ("torch", "2.4.1"), ("numpy", "2.1.0"),
    }  # fmt: skip
    document = answer("environment", run, data=told.data)
    assert document["configuration"] == {
        "top_k": 8, "temperature": 0.0, "retriever": "hybrid", "optimizer": {"name": "adam", "betas": [0.9, 0.99]},
        "seed": 13, "data.split": "test",
    }  # fmt: skip
    sources = told.sql(f"SELECT DISTINCT key, source FROM configuration WHERE run_id = '{run}'")
    assert {row["key"]: row["source"] for row in sources}.items() >= {
        "top_k": "config.yaml", "seed": "argv",
    }.items()  # fmt: skip


def test_outcome(told: Server, run: str) -> None:
    """Promotion, deployment, checks, and the relationships told and implied."""
    promotion = told.row(f"SELECT * FROM promotions WHERE artifact_id = '{run}-model'")
    expected = {
        "from_environment": "staging", "to_environment": f"{run}-production", "decision": "approved",
        "report_id": f"{run}-report", "decided_by": "release-board", "run_id": run,
    }  # fmt: skip
    assert {key: promotion[key] for key in expected} == expected
    deployment = told.row(f"SELECT * FROM deployments WHERE deployment_id = '{run}-deployment'")
    expected = {
        "environment": f"{run}-production", "status": "succeeded", "started_at": "2026-05-04T08:30:00Z",
        "completed_at": "2026-05-04T08:37:12Z", "promoted_artifact": f"{run}-model", "source_run": run,
        "supporting_report": f"{run}-report", "active": True,
    }  # fmt: skip
    assert {key: deployment[key] for key in expected} == expected
    checks = told.sql(
        f"SELECT name, result FROM deployment_checks WHERE deployment_id = '{run}-deployment'"
    )
    assert {(row["name"], row["result"]) for row in checks} == {
        ("smoke_test", "passed"), ("rollback_plan", "available"),
    }  # fmt: skip
    relations = {
        (row["type"], row["from_id"], row["to_id"]): row
        for row in told.sql("SELECT * FROM relationships")
    }
    trained = relations["trained_on", f"{run}-model", f"{run}-data"]
    assert (trained["captured_by"], trained["confidence"], trained["evidence"]) == (
        "train_script", "inferred", "file name",
    )  # fmt: skip
    for implied in (
        ("produced", run, f"{run}-model"), ("consumed", run, f"{run}-data"), ("summarized_by", run, f"{run}-report"),
    ):  # fmt: skip
        assert implied in relations


def test_completeness(told: Server, run: str) -> None:
    """Nothing was lost; the expected stage that never came makes the context partial, and is named."""
    producer = told.row(f"SELECT * FROM producers WHERE run_id = '{run}'")
    expected = {
        "producer_id": f"{run}-p", "service_name": "support-bot-eval", "host": "node-7", "pid": 4711, "rank": 3,
        "missing_count": 0, "dropped_count": 0, "closed": True,
    }  # fmt: skip
    assert {key: producer[key] for key in expected} == expected
    assert producer["received_count"] == producer["last_seq"] + 1
    layers = {
        row["layer"]: row for row in told.sql(f"SELECT * FROM completeness WHERE run_id = '{run}'")
    }
    assert set(layers) == {
        "execution_context", "record_families", "granularity_units", "artifact_evidence", "reproducibility_context",
        "relationship_tracing", "operational_outcome", "investigation_and_interpretation",
    }  # fmt: skip
    assert layers["record_families"]["status"] == "complete"
    assert layers["execution_context"]["status"] == "partial"
    assert "prepare" in layers["execution_context"]["detail"]
    marker = told.row(f"SELECT * FROM degraded_markers WHERE run_id = '{run}'")
    expected = {
        "stage": "evaluate", "reason": "outputs_redacted", "category": "redaction", "severity": "info", "detail": "4 of 9",
        "remedy": "ask", "expected_count": 9, "observed_count": 4, "detected_by": "producer",
    }  # fmt: skip
    assert {key: marker[key] for key in expected} == expected


def test_lineage_goes_both_ways_and_stops_at_its_depth(told: Server) -> None:
    """From a deployment up to the data, from the data down to the deployment, one hop when asked."""
    run = RUNS[0]

    def reached(*words: str) -> set[str]:
        found = answer("lineage", *words, data=told.data)["relationships"]
        return {item for row in found for item in (row["from"], row["to"])}

    assert {run, f"{run}-model", f"{run}-report", f"{run}-data"} <= reached(
        f"{run}-deployment", "--up"
    )
    assert f"{run}-deployment" in reached(f"{run}-data", "--down")
    assert f"{run}-data" not in reached(f"{run}-deployment", "--up", "--depth", "1")
    assert f"{run}-deployment" not in reached(f"{run}-model", "--up")


def test_the_same_evidence_told_twice_by_every_door_changes_nothing(told: Server) -> None:
    """A second telling, by another door and by the other carrier, leaves every table as it was."""
    before = contexta("export", "--all", data=told.data).stdout
    told.post(
        "/v1/traces", js_traces(traces(as_spans("over-grpc", 0x21), RESOURCE)), "application/json"
    )
    _, records = as_logs("over-http", 0x22)
    told.post("/v1/logs", js_logs(logs(records, RESOURCE)), "application/json")
    told.settled()
    assert contexta("export", "--all", data=told.data).stdout == before
