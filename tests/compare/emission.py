"""Telemetry of runs as any OpenTelemetry emitter could send it, in a few words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import ScopeSpans, Span, Status
from otlp_values import pairs

from contexta_processor.base.data_dir import DataDir
from contexta_processor.base.signal import Signal
from contexta_processor.server.embedded import own

START_NS = 1_777_000_000 * 10**9
SECOND = 10**9


@dataclass
class Run:
    """A run whose telemetry is written down; every event is on its run span, with an address of its own."""

    id: str
    type: str = "evaluation"
    status: str = "completed"
    project: str = "bot"
    number: int = 0
    at: int = START_NS
    start: int = START_NS
    name: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict[str, str])
    spans: list[Span] = field(default_factory=list[Span])
    events: list[Span.Event] = field(default_factory=list[Span.Event])

    @property
    def trace(self) -> bytes:
        return sha256(self.id.encode()).digest()[:16]

    def _numbered(self, attributes: Mapping[str, Any]) -> list[KeyValue]:
        self.number += 1
        own = {"contexta.run.id": self.id, "contexta.producer.id": f"{self.id}-p"}
        return pairs({**own, "contexta.seq": self.number - 1, **attributes})

    def _span(self, name: str, kind: str, attributes: Mapping[str, Any]) -> Span:
        attributes = {"contexta.evidence.kind": kind, **attributes}
        numbered = self._numbered(attributes)
        return Span(
            trace_id=self.trace,
            span_id=sha256(f"{self.id} {name} {self.number}".encode()).digest()[:8],
            name=name,
            start_time_unix_nano=self.at,
            end_time_unix_nano=self.at + SECOND,
            attributes=numbered,
        )

    def stage(self, name: str, index: int, status: str = "completed") -> "Run":
        """A stage; its place in the pipeline is its index."""
        told = {"contexta.stage.name": name, "contexta.stage.index": index}
        self.spans.append(
            self._span(f"stage {name}", "stage", {**told, "contexta.stage.status": status})
        )
        return self

    def operation(self, name: str, ms: float, *, stage: str | None = None, failed: bool = False) -> "Run":  # fmt: skip
        """An operation that took so many milliseconds."""
        self.at += SECOND
        told = {"contexta.stage.name": stage, "contexta.operation.name": name}
        span = self._span(name, "operation", told)
        span.end_time_unix_nano = self.at + round(ms * 1_000_000)
        if failed:
            span.status.code = Status.STATUS_CODE_ERROR
        self.spans.append(span)
        return self

    def event(self, name: str, attributes: Mapping[str, Any]) -> "Run":
        """Any event."""
        self.at += SECOND
        self.events.append(
            Span.Event(name=name, time_unix_nano=self.at, attributes=self._numbered(attributes))
        )
        return self

    def metric(self, name: str, value: float, *, stage: str | None = None, slice: str | None = None, scope: str | None = None, batch: str | None = None, sample: str | None = None, **more: Any) -> "Run":  # fmt: skip
        """A metric event; `more` are its attributes without the prefix."""
        told: dict[str, Any] = {
            "contexta.metric.name": name,
            "contexta.metric.value": float(value),
            "contexta.metric.scope": scope or ("slice" if slice else "stage" if stage else "run"),
            "contexta.stage.name": stage,
            "contexta.slice": slice,
            "contexta.batch.id": batch,
            "contexta.sample.id": sample,
        }
        told.update({f"contexta.metric.{key}": item for key, item in more.items()})
        return self.event("contexta.metric", told)

    def batch(self, id: str, type: str, *, stage: str = "evaluate") -> "Run":
        """A batch; its metrics are told by `metric(batch=id)`."""
        told = {"contexta.stage.name": stage, "contexta.batch.id": id, "contexta.batch.type": type}
        self.spans.append(self._span(f"batch {type}", "batch", told))
        return self

    def sample(self, id: str, *, stage: str = "evaluate", slices: Sequence[str] = (), status: str | None = None, tags: Sequence[str] = (), about: Mapping[str, Any] | None = None, **scores: float) -> "Run":  # fmt: skip
        """A sample event with its scores; `about`: further attributes, by their whole names."""
        told: dict[str, Any] = {
            "contexta.sample.id": id,
            "contexta.stage.name": stage,
            "contexta.slice": list(slices) or None,
            "contexta.sample.status": status,
            "contexta.sample.failure_tags": list(tags) or None,
        }
        told.update(
            {f"contexta.sample.score.{name}": float(value) for name, value in scores.items()}
        )
        told.update(about or {})
        return self.event("contexta.sample", told)

    def configuration(self, **values: Any) -> "Run":
        """A configuration event."""
        return self.event(
            "contexta.configuration",
            {f"contexta.config.{key}": item for key, item in values.items()},
        )

    def environment(self, revision: str = "abc", **values: Any) -> "Run":
        """An environment event; packages is a list of name==version."""
        told = {f"contexta.environment.{key}": item for key, item in values.items()}
        return self.event("contexta.environment", {"vcs.ref.head.revision": revision, **told})

    def artifact(self, id: str, kind: str, *, role: str = "produced", **more: Any) -> "Run":
        """An artifact event."""
        told = {f"contexta.artifact.{key}": item for key, item in more.items()}
        return self.event(
            "contexta.artifact",
            {
                "contexta.artifact.id": id,
                "contexta.artifact.kind": kind,
                "contexta.artifact.role": role,
                **told,
            },
        )

    def request(self) -> bytes:
        """The export request, once everything is written down: a ledger, then the run's span."""
        self.event(
            "contexta.ledger",
            {"contexta.ledger.last_seq": self.number + 1, "contexta.ledger.dropped_count": 0},
        )
        run = self._span(
            f"run {self.type}",
            "run",
            {
                "contexta.project.name": self.project,
                "contexta.run.type": self.type,
                "contexta.run.name": self.name,
                "contexta.run.status": self.status,
                **{f"contexta.run.tag.{key}": value for key, value in self.tags.items()},
            },
        )
        run.start_time_unix_nano = self.start
        run.events.extend(self.events)
        request = ExportTraceServiceRequest()
        resource = request.resource_spans.add()
        resource.resource.attributes.extend(pairs({"service.name": "bot"}))
        resource.scope_spans.append(ScopeSpans(spans=[*self.spans, run]))
        return request.SerializeToString()


def take_in(data: Path, *runs: Run) -> Path:
    """Put the runs' telemetry into a data directory, as a server would."""
    with own(DataDir(data)) as embedded:
        for run in runs:
            embedded.append(Signal.TRACES, run.request())
    return data
