"""A small run told in OTLP, in pieces that can be shuffled, repeated and carried either way."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from otlp_values import key_values

from contexta_processor.base.signal import Signal

START_NS = 1_780_000_000_000_000_000
SECOND = 1_000_000_000
TRACE = bytes(range(1, 17))


@dataclass
class ToldEvent:
    """An event and the span it is on."""

    name: str
    at: int
    attributes: dict[str, object]


@dataclass
class ToldSpan:
    """A span of the story with its events."""

    number: int
    name: str
    attributes: dict[str, object]
    start: int
    end: int
    parent: int | None = None
    events: list[ToldEvent] = field(default_factory=list)
    status: int = 0
    trace: bytes = TRACE

    def message(self, *, with_events: bool = True) -> Span:
        """The OTLP span."""
        span = Span(
            trace_id=self.trace,
            span_id=span_id(self.number),
            parent_span_id=b"" if self.parent is None else span_id(self.parent),
            name=self.name,
            kind=Span.SPAN_KIND_INTERNAL,
            start_time_unix_nano=self.start,
            end_time_unix_nano=self.end,
            attributes=key_values(self.attributes),
        )
        span.status.code = self.status
        if with_events:
            for event in self.events:
                span.events.add(
                    name=event.name,
                    time_unix_nano=event.at,
                    attributes=key_values(event.attributes),
                )
        return span


def span_id(number: int) -> bytes:
    """Eight bytes, never all zero."""
    return (number + 1).to_bytes(8, "big")


Piece = tuple[Signal, object]
RESOURCE = Resource(attributes=key_values({"service.name": "trainer", "host.name": "h1"}))


def pieces(spans: Iterable[ToldSpan], carrier: str) -> list[Piece]:
    """The story as single spans and log records: events on spans, as log records, or both at once."""
    found: list[Piece] = []
    for span in spans:
        found.append((Signal.TRACES, span.message(with_events=carrier != "log")))
        if carrier in ("log", "both"):
            found.extend((Signal.LOGS, (span, event)) for event in span.events)
    return found


def request(signal: Signal, items: Iterable[object]) -> bytes:
    """One export request holding these pieces."""
    if signal is Signal.TRACES:
        traces = ExportTraceServiceRequest()
        resource_spans = traces.resource_spans.add()
        resource_spans.resource.CopyFrom(RESOURCE)
        scope_spans = resource_spans.scope_spans.add()
        scope_spans.scope.name = "contexta"
        scope_spans.spans.extend(items)
        return traces.SerializeToString()
    logs = ExportLogsServiceRequest()
    resource_logs = logs.resource_logs.add()
    resource_logs.resource.CopyFrom(RESOURCE)
    scope_logs = resource_logs.scope_logs.add()
    scope_logs.scope.name = "contexta"
    for span, event in items:
        scope_logs.log_records.add(
            event_name=event.name,
            time_unix_nano=event.at,
            trace_id=span.trace,
            span_id=span_id(span.number),
            attributes=key_values(event.attributes),
        )
    return logs.SerializeToString()


def evaluation_story() -> list[ToldSpan]:
    """A numbered evaluation run: announce, stages, operation, batch, samples, metrics, artifact, ledger,
    a third-party span that carries no address, and a log-like narrative event."""
    run = {
        "contexta.run.id": "run-1",
        "contexta.producer.id": "p1",
        "contexta.captured_by": "contexta",
    }
    numbers = iter(range(10_000))

    def event(name: str, second: float, **attributes: object) -> ToldEvent:
        told = {key.replace("__", "."): value for key, value in attributes.items()}
        at = START_NS + int(second * SECOND)
        return ToldEvent(name, at, run | {"contexta.seq": next(numbers)} | told)

    def span(
        number: int, name: str, kind: str, start: float, end: float, **more: object
    ) -> ToldSpan:
        parent = more.pop("parent", None)
        events = more.pop("events", [])
        status = more.pop("status", 0)
        told = {key.replace("__", "."): value for key, value in more.items()}
        attributes = run | {"contexta.evidence.kind": kind} | told | {"contexta.seq": next(numbers)}
        return ToldSpan(
            number, name, attributes, START_NS + int(start * SECOND), START_NS + int(end * SECOND),
            parent, list(events), status,
        )  # fmt: skip

    stage = {"contexta__stage__name": "evaluate"}
    announce = event(
        "contexta.run.started", 0, contexta__run__type="evaluation", contexta__project__name="bot"
    )
    samples = [
        event(
            "contexta.sample", 2 + i / 10, **stage, contexta__batch__id="fold_1",
            contexta__sample__id=f"s{i}", contexta__slice=["refunds", "all"] if i % 2 else "all",
            contexta__sample__score__faithfulness=i / 10, contexta__sample__failure_tags=["late"],
        )
        for i in range(4)
    ]  # fmt: skip
    metrics = [
        event(
            "contexta.metric", 3 + i / 10, **stage, contexta__metric__name="loss",
            contexta__metric__value=float("nan") if i == 2 else 1.0 / (i + 1), contexta__metric__step=i,
        )
        for i in range(3)
    ]  # fmt: skip
    inherited = event(
        "contexta.metric", 4, contexta__metric__name="latency", contexta__metric__value=7
    )
    series = event(
        "contexta.metric.series", 4.1, **stage, contexta__metric__name="curve",
        contexta__metric__values=[0.5, 0.25],
    )  # fmt: skip
    artifact = event(
        "contexta.artifact", 5, **stage, contexta__artifact__id="report", contexta__artifact__kind="report_bundle",
        contexta__artifact__path="r.md", contexta__artifact__sha256="ab",
    )  # fmt: skip
    narrative = event("fallback_used", 2.5, contexta__event__severity="warn", reason='quo"te\n')
    degraded = event(
        "contexta.degraded", 5.1, **stage, contexta__degraded__reason="partly_redacted"
    )
    operation = span(
        4, "rerank", "operation", 2, 4, parent=2, **stage, contexta__operation__name="rerank",
        events=[inherited, narrative],
    )  # fmt: skip
    evaluate = span(
        2, "stage evaluate", "stage", 1, 5, parent=1, **stage, contexta__stage__index=1,
        events=[*samples, *metrics, series, artifact, degraded],
    )  # fmt: skip
    announced = span(3, "run started", "segment", 0, 0, parent=1, events=[announce])
    foreign = ToldSpan(
        9, "GET /", {"http.method": "GET"}, START_NS + 2 * SECOND, START_NS + 3 * SECOND, 4,
        [ToldEvent("exception", START_NS + 2 * SECOND, {"exception.type": "E"})],
    )  # fmt: skip
    below = ToldSpan(10, "SELECT", {}, START_NS + 2 * SECOND, START_NS + 3 * SECOND, 9)
    last = next(numbers)
    ledger_seq = next(numbers)
    closing = ToldSpan(
        1, "run evaluation",
        run | {
            "contexta.evidence.kind": "run", "contexta.run.type": "evaluation", "contexta.project.name": "bot",
            "contexta.run.name": "nightly", "contexta.run.tag.team": "search", "contexta.seq": last,
            "contexta.run.expected_stages": ["evaluate"],
        },
        START_NS, START_NS + 6 * SECOND,
    )  # fmt: skip
    ledger = ToldSpan(
        11, "ledger", run | {"contexta.evidence.kind": "segment", "contexta.seq": ledger_seq},
        START_NS + 6 * SECOND, START_NS + 6 * SECOND, 1,
    )  # fmt: skip
    final = next(numbers)
    ledger.events.append(
        ToldEvent(
            "contexta.ledger", START_NS + 6 * SECOND,
            run | {"contexta.seq": final, "contexta.ledger.last_seq": final, "contexta.ledger.dropped_count": 0},
        )
    )  # fmt: skip
    return [announced, operation, evaluate, foreign, below, closing, ledger]
