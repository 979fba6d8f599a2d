"""A service that serves a deployed model: its telemetry belongs to the deployment, and leads back to the run."""

import json

from contract.doors import Server, answer
from contract.otlp_words import T0, S, log, logs, metrics, pairs, span, traces
from opentelemetry.proto.metrics.v1.metrics_pb2 import (
    AggregationTemporality,
    HistogramDataPoint,
    Metric,
    NumberDataPoint,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span

SERVICE = {
    "service.name": "support-bot",
    "deployment.id": "live-2",
    "deployment.environment.name": "production",
}
DAY = 86_400 * S
DELTA = AggregationTemporality.AGGREGATION_TEMPORALITY_DELTA


def deployment(name: str, status: str, at: int, artifact: str, run: str) -> dict[str, object]:
    """What is said of one deployment."""
    return {
        "deployment.id": name, "deployment.environment.name": "production", "deployment.status": status,
        "contexta.deployment.artifact_id": artifact, "contexta.deployment.source_run_id": run,
        "contexta.deployment.started_at": f"2026-05-0{at}T08:00:00Z",
        "contexta.deployment.completed_at": f"2026-05-0{at}T08:05:00Z",
    }  # fmt: skip


def test_what_is_live_and_what_was_before(server: Server) -> None:
    """The newest that succeeded is active; a failed one after it changes nothing; the one before is its rollback."""
    told = [
        deployment("live-1", "succeeded", 1, "m1", "run-1"),
        deployment("live-2", "succeeded", 2, "m2", "run-2"),
        deployment("live-3", "failed", 3, "m3", "run-3"),
    ]
    promotion = {
        "contexta.artifact.id": "m2", "contexta.promotion.to": "production", "contexta.promotion.decision": "approved",
        "contexta.promotion.by": "board", "contexta.run.id": "run-2",
    }  # fmt: skip
    server.js(
        logs(
            [
                log("contexta.deployment", item, at_ns=T0 + n)
                for n, item in enumerate(reversed(told))
            ]
        )
    )
    server.grpc(logs([log("contexta.promotion", promotion, at_ns=T0 - 2 * DAY)]))
    server.settled()
    rows = server.sql("SELECT deployment_id, active FROM deployments ORDER BY 1")
    assert [(row["deployment_id"], row["active"]) for row in rows] == [
        ("live-1", False), ("live-2", True), ("live-3", False),
    ]  # fmt: skip
    live = answer("deployments", "live-2", data=server.data)
    assert (live["active"], live["previous"], live["approved_by"]) == (True, "live-1", "board")
    assert (live["active_from"], live["active_until"]) == ("2026-05-02T08:05:00Z", None)
    before = answer("deployments", "live-1", data=server.data)
    assert (before["active"], before["active_until"]) == (False, "2026-05-02T08:05:00Z")


def test_telemetry_of_the_service_belongs_to_the_deployment(server: Server) -> None:
    """Spans, metric events, logs and OTel metrics of every kind, by the Resource alone."""
    point = {"time_unix_nano": T0, "attributes": pairs({"route": "/ask"})}
    gauge = Metric(name="queue", unit="1")
    gauge.gauge.data_points.append(NumberDataPoint(as_double=3.5, **point))
    total = Metric(name="requests", unit="1")
    total.sum.aggregation_temporality, total.sum.is_monotonic = DELTA, True
    total.sum.data_points.append(NumberDataPoint(as_int=7, **point))
    spread = Metric(name="latency", unit="ms")
    spread.histogram.aggregation_temporality = DELTA
    spread.histogram.data_points.append(
        HistogramDataPoint(
            count=4,
            sum=10.0,
            min=1.0,
            max=4.0,
            bucket_counts=[1, 3],
            explicit_bounds=[2.0],
            **point,
        )
    )
    server.grpc(metrics(SERVICE, gauge, total, spread))
    drift = {
        "contexta.metric.name": "psi", "contexta.metric.value": 0.31, "contexta.metric.reference": "train-data",
    }  # fmt: skip
    asked = span(0x51, 1, "POST /ask", {"http.request.method": "POST"}, seconds=0.2)
    asked.events.append(
        Span.Event(name="contexta.metric", time_unix_nano=T0, attributes=pairs(drift))
    )
    server.http(traces([asked], SERVICE))
    server.js(logs([log("fallback_used", {}, at_ns=T0 + S)], SERVICE))
    server.settled()
    rows = server.sql(
        "SELECT * FROM metrics WHERE deployment_id = 'live-2' ORDER BY name, aggregation"
    )
    found = {(row["name"], row["aggregation"]): row["value"] for row in rows}
    assert found[("queue", "last")] == 3.5
    assert found[("requests", "sum")] == 7.0
    assert found[("latency", "sum")] == 10.0
    assert found[("latency", "min")] == 1.0
    assert found[("latency", "max")] == 4.0
    buckets = next(row for row in rows if row["aggregation"] == "count")["attributes"]
    kept = json.loads(buckets) if isinstance(buckets, str) else buckets
    assert (kept["otlp.bucket_counts"], kept["otlp.explicit_bounds"]) == ([1, 3], [2.0])
    assert {row["scope"] for row in rows} == {"deployment"}
    assert {row["run_id"] for row in rows} == {None}
    assert next(row for row in rows if row["name"] == "psi")["reference"] == "train-data"
    assert server.row("SELECT service_name FROM spans WHERE deployment_id = 'live-2'") == {
        "service_name": "support-bot"
    }
    assert server.row("SELECT name FROM events WHERE deployment_id = 'live-2'") == {
        "name": "fallback_used"
    }


def test_from_production_back_to_the_run(server: Server) -> None:
    """Up from the deployment are its model and the run that made it."""
    model = {
        "contexta.run.id": "run-2",
        "contexta.artifact.id": "m2",
        "contexta.artifact.kind": "model_bundle",
    }
    server.grpc(logs([log("contexta.artifact", model)]))
    server.settled()
    found = answer("lineage", "live-2", "--up", data=server.data)["relationships"]
    reached = {(row["from"], row["to"]) for row in found}
    assert {("run-2", "m2"), ("m2", "live-2")} <= reached
