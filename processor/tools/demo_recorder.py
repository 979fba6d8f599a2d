"""Emitting by hand, with fixed times and ids: what an emitter does, through the OpenTelemetry SDK alone."""

import random
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from demo_names import PACKAGES, PROJECT
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Span, SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.id_generator import IdGenerator

from contexta_semconv import SCHEMA_URL, events


class _SeededIds(IdGenerator):
    """Trace and span ids out of a seeded generator: the recording is the same every time."""

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed)

    def generate_span_id(self) -> int:
        return self._random.getrandbits(64) | 1

    def generate_trace_id(self) -> int:
        return self._random.getrandbits(128) | 1


def at(text: str, plus_s: float = 0.0) -> int:
    """Unix nanoseconds of an ISO time, `plus_s` seconds later."""
    return int(datetime.fromisoformat(text).timestamp()) * 10**9 + round(plus_s * 1e9)


@dataclass
class Producer:
    """One emitting process: numbers what it records and knows what it sent."""

    name: str
    service: str
    seq: int = 0
    exporter: InMemorySpanExporter = field(default_factory=InMemorySpanExporter)

    def __post_init__(self) -> None:
        resource = Resource(
            {
                "service.name": self.service,
                "service.instance.id": self.name,
                "process.pid": 4021,
                "host.name": "trainer-1",
            }
        )
        limits = SpanLimits(max_events=1000, max_span_attributes=200)
        provider = TracerProvider(
            resource=resource,
            id_generator=_SeededIds(self.name),
            span_limits=limits,
            shutdown_on_exit=False,
        )
        provider.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.tracer = provider.get_tracer("contexta", "2.0.0", schema_url=SCHEMA_URL)

    def number(self) -> dict[str, Any]:
        """Producer and the next number, as attributes."""
        self.seq += 1
        return {"contexta.producer.id": self.name, "contexta.seq": self.seq - 1}

    def encoded(self) -> bytes:
        """An OTLP export request of everything that was recorded."""
        return encode_spans(self.exporter.get_finished_spans()).SerializeToString()


@dataclass
class Scope:
    """An open span of evidence with its address."""

    producer: Producer
    address: Mapping[str, Any]
    span: Span

    def event(self, name: str, when: int, attributes: Mapping[str, Any] | None = None) -> None:
        """Record an event on the span, numbered and with its address."""
        self.span.add_event(
            name, {**self.address, **self.producer.number(), **(attributes or {})}, when
        )

    def metric(self, name: str, value: float, when: int, **more: Any) -> None:
        """A contexta.metric event; `more` are its other attributes without the prefix, and `slice`."""
        attributes: dict[str, Any] = {
            "contexta.metric.name": name,
            "contexta.metric.value": float(value),
        }
        if "slice" in more:
            attributes["contexta.slice"] = more.pop("slice")
        attributes.update({f"contexta.metric.{key}": item for key, item in more.items()})
        self.event(events.METRIC, when, attributes)

    @contextmanager
    def stage(self, name: str, index: int, start: int, end: int) -> Generator["Scope"]:
        """A completed stage of the run."""
        told = {"contexta.stage.index": index, "contexta.stage.status": "completed"}
        address = {**self.address, "contexta.stage.name": name}
        with open_scope(
            self.producer, "stage", f"stage {name}", start, end, address, told, self.span
        ) as scope:
            yield scope

    def operation(self, name: str, kind: str, start: int, milliseconds: float) -> None:
        """An operation of the stage, done."""
        address = {**self.address, "contexta.operation.name": name}
        end = start + round(milliseconds * 1e6)
        told = {"contexta.operation.type": kind}
        with open_scope(self.producer, "operation", name, start, end, address, told, self.span):
            pass


@contextmanager
def open_scope(
    producer: Producer,
    kind: str,
    name: str,
    start: int,
    end: int,
    address: Mapping[str, Any],
    told: Mapping[str, Any],
    parent: Span | None = None,
) -> Generator[Scope]:
    context = trace.set_span_in_context(parent) if parent is not None else None
    attributes = {"contexta.evidence.kind": kind, **address, **told}
    span = producer.tracer.start_span(name, context, attributes=attributes, start_time=start)
    assert isinstance(span, Span)
    yield Scope(producer, address, span)
    span.set_attributes(producer.number())
    span.end(end)


@contextmanager
def open_run(
    producer: Producer,
    run_id: str,
    kind: str,
    stages: Sequence[str],
    start: int,
    end: int,
    revision: str,
) -> Generator[Scope]:
    """A run that announces itself, captures where it runs, and closes its books."""
    address = {"contexta.run.id": run_id}
    told = {
        "contexta.project.name": PROJECT,
        "contexta.run.type": kind,
        "contexta.run.expected_stages": list(stages),
        "contexta.run.tag.team": "support-ml",
    }
    closing = {**told, "contexta.run.status": "completed"}
    with open_scope(producer, "run", f"run {kind}", start, end, address, closing) as run:
        with open_scope(
            producer, "segment", "evidence segment", start, start, address, {}, run.span
        ) as segment:
            segment.event(events.RUN_STARTED, start, told)
        run.event(
            events.ENVIRONMENT,
            start,
            {
                "contexta.environment.python": "3.11.8",
                "contexta.environment.platform": "linux-x86_64",
                "contexta.environment.cuda": "12.4",
                "contexta.environment.packages": [
                    f"{name}=={version}" for name, version in PACKAGES.items()
                ],
                "vcs.ref.head.revision": revision,
            },
        )
        yield run
        ledger = {**producer.number(), "contexta.ledger.dropped_count": 0}
        # The run's own span takes the last number when it ends, right after this.
        ledger["contexta.ledger.last_seq"] = producer.seq
        run.span.add_event(events.LEDGER, {**address, **ledger}, end)
