"""Who approved a deployment, and how it does in production: from the evidence, and nothing where there is none."""

import json
from pathlib import Path

import numpy as np
import pytest
from contract.doors import Server, start
from contract.otlp_words import log, logs, metrics, pairs, traces
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric, NumberDataPoint
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from outcome.conftest import contexta
from outcome.released import Outcome, at, iso, promotion, report

SERVICE = {"service.name": "bot", "deployment.id": "v2", "deployment.environment.name": "prod"}
MS = 1_000_000
Decision = tuple[str, float, str, str | None, str]


def request_span(
    number: int,
    minute: float,
    ms: float,
    *,
    kind: Span.SpanKind.ValueType = Span.SPAN_KIND_SERVER,
    parent: bytes = b"",
    failed: bool = False,
) -> Span:
    """A span of a service that sets no run."""
    made = Span(
        trace_id=(9_000 + number).to_bytes(16, "big"),
        span_id=(9_000 + number).to_bytes(8, "big"),
        name="POST /ask",
        kind=kind,
        start_time_unix_nano=at(minute),
        end_time_unix_nano=at(minute) + int(ms * MS),
        parent_span_id=parent,
    )
    made.status.code = 2 if failed else 0
    return made


def gauge(name: str, minute: float, value: float, reference: str | None) -> Metric:
    """A point of an OpenTelemetry gauge, measured against something or not."""
    made = Metric(name=name, unit="1")
    told = {"contexta.metric.reference": reference} if reference else {}
    point = NumberDataPoint(time_unix_nano=at(minute), as_double=value, attributes=pairs(told))
    made.gauge.data_points.append(point)
    return made


WHO_APPROVED: tuple[tuple[tuple[Decision, ...], str | None], ...] = (
    ((("m1", 5, "approved", "board", "prod"),), "board"),
    ((("m1", 5, "approved", "board", "prod"), ("m1", 8, "approved", "alex", "prod")), "alex"),
    ((("m1", 8, "approved", "alex", "prod"), ("m1", 5, "approved", "board", "prod")), "alex"),
    ((("m1", 5, "approved", "board", "prod"), ("m1", 8, "rejected", "alex", "prod")), None),
    ((("m1", 5, "approved", "board", "prod"), ("m1", 20, "rejected", "alex", "prod")), "board"),
    ((("m1", 20, "approved", "board", "prod"),), None),
    ((("m1", 10, "approved", "board", "prod"),), "board"),
    ((("m1", 5, "approved", "board", "staging"),), None),
    ((("m2", 5, "approved", "board", "prod"),), None),
    ((("m1", 5, "approved", None, "prod"),), None),
    ((), None),
)
"""Decisions (artifact, minute, decision, by whom, for which environment) about m1, live in prod at minute 10."""


def test_who_approved(outcome: Outcome) -> None:
    """The newest decision about its artifact and environment that is no newer than the deployment, if it says yes.

    Each case has an environment and artifacts of its own in one store.
    """
    for number, (decisions, _) in enumerate(WHO_APPROVED):
        live = report(f"v{number}", "succeeded", 10, environment=f"prod-{number}", artifact_id=f"m1-{number}")  # fmt: skip
        told = [promotion(f"{artifact}-{number}", minute, decision, by, to=f"{to}-{number}") for artifact, minute, decision, by, to in decisions]  # fmt: skip
        outcome.reported(live, *told)
    found = {
        each["deployment_id"]: each["approved_by"]
        for each in outcome.asked("deployments")["deployments"]
    }
    assert found == {f"v{number}": by for number, (_, by) in enumerate(WHO_APPROVED)}
    assert outcome.asked("deployments", "v1")["approved_by"] == "alex"


def test_promotions_are_listed(outcome: Outcome) -> None:
    """Approved and rejected, with who and when; also where nothing came of them."""
    outcome.reported(promotion("m1", 5), promotion("m2", 6, "rejected", by="alex"))
    told = outcome.asked("deployments")
    assert [(each["artifact_id"], each["decision"], each["decided_by"], each["occurred_at"]) for each in told["promotions"]] == [
        ("m2", "rejected", "alex", iso(6)), ("m1", "approved", "board", iso(5)),
    ]  # fmt: skip
    assert told["deployments"] == []
    text = outcome.shown("deployments")
    assert "No deployment is recorded." in text
    assert "✗ rejected" in text


def test_production_figures(outcome: Outcome) -> None:
    """Requests, errors, percentiles and what came while it was not live, from spans that know no run."""
    took = [float(ms) for ms in np.random.default_rng(7).gamma(2.0, 40.0, 50)]
    asked = [request_span(n, 31 + n / 10, ms, failed=n % 10 == 0) for n, ms in enumerate(took)]
    inner = [
        request_span(100 + n, 32, 1, kind=Span.SPAN_KIND_CLIENT, parent=b"12345678", failed=n == 0)
        for n in range(3)
    ]
    late = request_span(200, 70, 5)
    outcome.reported(report("v2", "succeeded", 30), report("v2", "rolled_back", 60))
    outcome.tell(
        traces([*asked, *inner, late], SERVICE),
        logs([log("boom", {}, at_ns=at(33), severity=17), log("fine", {}, at_ns=at(80))], SERVICE),
    )
    found = outcome.asked("deployments", "v2")["production"]
    assert found["services"] == ["bot"]
    assert found["spans"] == {"count": 54, "error_count": 6, "while_not_live": 1}
    requests = found["requests"]
    assert (requests["basis"], requests["count"], requests["error_count"]) == ("server", 51, 5)
    assert requests["error_rate"] == pytest.approx(5 / 51)
    assert requests["latency_p95_ms"] == pytest.approx(np.percentile([*took, 5], 95), rel=1e-6)
    assert requests["latency_p50_ms"] == pytest.approx(np.percentile([*took, 5], 50), rel=1e-6)
    assert found["events"] == {"count": 2, "error_count": 1}
    assert (found["first_seen_at"], found["last_seen_at"]) == (iso(31), iso(80))
    kept = outcome.sql("SELECT count(*) AS n, count(run_id) AS runs FROM spans WHERE deployment_id = 'v2'")  # fmt: skip
    assert kept == [{"n": 54, "runs": 0}]
    text = outcome.shown("deployments", "v2")
    assert "51 (server spans), 5 failed: 9.8 % failed" in text
    assert "1 span while it was not live" in text


def test_requests_of_a_service_without_server_spans(outcome: Outcome) -> None:
    """Spans without a parent count then, and the answer says so."""
    internal = {"kind": Span.SPAN_KIND_INTERNAL}
    outcome.reported(report("v2", "succeeded", 30))
    spans = [
        request_span(1, 31, 10, **internal),
        request_span(2, 31, 90, **internal, parent=b"12345678"),
    ]
    outcome.tell(traces(spans, SERVICE))
    found = outcome.asked("deployments", "v2")["production"]["requests"]
    assert (found["basis"], found["count"], found["latency_p95_ms"]) == ("root", 1, 10.0)


def test_drift_against_its_reference(outcome: Outcome) -> None:
    """The last value against where the referenced run (or the run that made the referenced artifact) ended with it."""
    measured = [
        log("contexta.metric", {"contexta.run.id": "eval", "contexta.metric.name": "accuracy", "contexta.metric.value": value,
            "contexta.metric.step": step}, at_ns=at(step))
        for step, value in ((2, 0.9), (1, 0.5))
    ]  # fmt: skip
    made = log("contexta.artifact", {"contexta.run.id": "eval", "contexta.artifact.id": "data-v1"}, at_ns=at(3))  # fmt: skip
    outcome.reported(report("v2", "succeeded", 30))
    outcome.tell(
        logs([*measured, made]),
        metrics(SERVICE, gauge("accuracy", 41, 0.8, "eval"), gauge("accuracy", 43, 0.6, "eval"), gauge("accuracy", 42, 0.95, "eval"),
                gauge("accuracy", 42, 0.7, "data-v1"), gauge("psi", 42, float("nan"), "data-v1"), gauge("psi", 40, 0.1, "nobody"),
                gauge("queue", 42, 3.0, None)),
    )  # fmt: skip
    found = outcome.asked("deployments", "v2")["production"]
    assert found["metrics"] == {"points": 7, "names": 3}
    drift = {(each["metric"], each["reference"]): each for each in found["drift"]}
    assert list(drift) == [("accuracy", "data-v1"), ("accuracy", "eval"), ("psi", "data-v1"), ("psi", "nobody")]  # fmt: skip
    told = drift["accuracy", "eval"]
    assert (told["first_value"], told["value"], told["low"], told["high"], told["points"]) == (0.8, 0.6, 0.6, 0.95, 3)  # fmt: skip
    assert (told["reference_run"], told["reference_value"]) == ("eval", 0.9)
    assert told["delta"] == pytest.approx(-0.3)
    through = drift["accuracy", "data-v1"]
    assert (through["reference_run"], through["reference_value"]) == ("eval", 0.9)
    nan = drift["psi", "data-v1"]
    assert (nan["value"], nan["low"], nan["reference_value"], nan["delta"]) == ("NaN", None, None, None)  # fmt: skip
    assert drift["psi", "nobody"]["reference_run"] is None
    assert [each["reference_value"] for each in found["drift"]] == [0.9, 0.9, None, None]
    assert "Drift indicators" in outcome.shown("deployments", "v2")


def test_no_telemetry_is_no_figure(outcome: Outcome) -> None:
    """Null, never 0; and in words that nothing was heard."""
    outcome.reported(report("v2", "succeeded", 30))
    found = outcome.asked("deployments", "v2")["production"]
    for name in ("basis", "error_rate", "latency_p50_ms", "latency_p95_ms"):
        assert found["requests"][name] is None
    assert (found["first_seen_at"], found["drift"]) == (None, [])
    assert "no production telemetry was received" in outcome.shown("deployments", "v2")


def test_served_and_read_from_the_file_alike(tmp_path: Path) -> None:
    """`/api/deployments` with `at`, and one deployment in full: what the command gives."""
    told = [report("v1", "succeeded", 10, artifact_id="m1"), report("v2", "succeeded", 30), report("v2", "rolled_back", 60),
            promotion("m1", 5)]  # fmt: skip
    server: Server = start(tmp_path / "data")
    try:
        server.grpc(logs(told))
        server.http(traces([request_span(1, 31, 10)], SERVICE))
        server.settled()
        served = [
            server.api(path)
            for path in (
                f"/api/deployments?environment=prod&at={iso(45)}",
                "/api/deployments/v2",
                "/api/deployments",
            )
        ]
        assert server.api("/api/deployments?at=never")[0] == 400
        assert server.api(f"/api/deployments?environment=x&at={iso(1)}")[0] == 404
    finally:
        server.stop()
    read = Outcome(tmp_path / "data", contexta)
    asked = (["--environment", "prod", "--at", iso(45)], ["v2"], [])
    for (status, answer), words in zip(served, asked, strict=True):
        assert status == 200
        assert answer == json.loads(json.dumps(read.asked("deployments", *words)))
    assert served[0][1]["deployments"][0]["deployment_id"] == "v2"
