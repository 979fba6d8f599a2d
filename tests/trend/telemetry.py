"""Runs a day apart, and services that measure, as any OpenTelemetry emitter could tell of them."""

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from contract.otlp_words import metrics, pairs
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric, NumberDataPoint
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from contexta_processor.base.data_dir import DataDir
from contexta_processor.base.signal import Signal
from contexta_processor.server.embedded import own

FIRST_DAY = 1_772_323_200 * 10**9
"""2026-03-01T00:00:00Z."""
SECOND = 10**9
NOISE = (0.0, 0.002, -0.001, 0.001, -0.002, 0.0015, -0.0005, 0.0005)
"""What nightly figures differ by for no reason."""
DAY = 86_400 * SECOND


class Job:
    """One run of a project, begun at noon of a day; what is told of it is on its run span."""

    def __init__(self, id: str, day: int, *, project: str = "churn", type: str = "training", minutes: float = 10) -> None:  # fmt: skip
        self.id = id
        self.begin = FIRST_DAY + day * DAY + DAY // 2
        self.end = self.begin + int(minutes * 60 * SECOND)
        self._told = {"contexta.project.name": project, "contexta.run.type": type}
        self._number = 0
        self._spans: list[Span] = []
        self._events: list[Span.Event] = []

    def stage(self, name: str, index: int = 0, *, minutes: float = 1.0, status: str = "completed") -> "Job":  # fmt: skip
        """A stage that took so long."""
        told = {"contexta.stage.name": name, "contexta.stage.index": index, "contexta.stage.status": status}  # fmt: skip
        end = self.begin + int(minutes * 60 * SECOND)
        self._spans.append(self._span(f"stage {name}", "stage", told, end))
        return self

    def event(self, name: str, told: Mapping[str, Any], at: int | None = None) -> "Job":
        """Any event of the run."""
        at = self.begin + (self._number + 1) * SECOND if at is None else at
        self._events.append(
            Span.Event(name=name, time_unix_nano=at, attributes=self._numbered(told))
        )
        return self

    def metric(self, name: str, value: float, *, stage: str | None = None, slice: str | None = None, batch: str | None = None, operation: str | None = None, **more: Any) -> "Job":  # fmt: skip
        """A value; `more` are its attributes without their prefix."""
        told: dict[str, Any] = {
            "contexta.metric.name": name,
            "contexta.metric.value": float(value),
            "contexta.stage.name": stage,
            "contexta.slice": slice,
            "contexta.batch.id": batch,
            "contexta.operation.name": operation,
        }
        return self.event(
            "contexta.metric", told | {f"contexta.metric.{key}": item for key, item in more.items()}
        )

    def sample(self, id: str, *, stage: str = "evaluate", status: str | None = None, tags: tuple[str, ...] = (), slices: tuple[str, ...] = (), **scores: float) -> "Job":  # fmt: skip
        """A sample."""
        told: dict[str, Any] = {
            "contexta.sample.id": id,
            "contexta.stage.name": stage,
            "contexta.sample.status": status,
            "contexta.sample.failure_tags": list(tags) or None,
            "contexta.slice": list(slices) or None,
        }
        return self.event(
            "contexta.sample",
            told
            | {f"contexta.sample.score.{name}": float(value) for name, value in scores.items()},
        )

    def configuration(self, **values: Any) -> "Job":
        """What it was configured with."""
        told = {f"contexta.config.{key}": value for key, value in values.items()}
        return self.event("contexta.configuration", told)

    def code(self, revision: str) -> "Job":
        """Its environment: nothing but the revision of the code."""
        return self.event("contexta.environment", {"vcs.ref.head.revision": revision})

    def artifact(self, id: str, kind: str, *, role: str = "produced", stage: str | None = None, **more: Any) -> "Job":  # fmt: skip
        """An artifact it made, or used."""
        told = {"id": id, "kind": kind, "role": role, **more}
        named = {f"contexta.artifact.{key}": value for key, value in told.items()}
        return self.event("contexta.artifact", {"contexta.stage.name": stage, **named})

    def dataset(self, name: str, version: str) -> "Job":
        """A data set it read."""
        return self.event(
            "contexta.artifact",
            {
                "contexta.artifact.id": f"{name}@{version}",
                "contexta.artifact.kind": "dataset_snapshot",
                "contexta.artifact.role": "consumed",
                "contexta.artifact.version": version,
                "contexta.dataset.name": name,
            },
        )

    def degraded(self, reason: str) -> "Job":
        """A doubt about its evidence."""
        return self.event("contexta.degraded", {"contexta.degraded.reason": reason})

    def request(self, status: str | None = "completed") -> bytes:
        """The export request; without a status the run was announced and never closed."""
        spans = list(self._spans)
        if status is None:
            self.event("contexta.run.started", self._told, self.begin)
            spans.append(self._span("evidence segment", "segment", {}, self.begin))
        else:
            ledger = {"contexta.ledger.last_seq": self._number + 1, "contexta.ledger.dropped_count": 0}  # fmt: skip
            self.event("contexta.ledger", ledger)
            spans.append(self._span("run", "run", self._told | {"contexta.run.status": status}, self.end))  # fmt: skip
        spans[-1].events.extend(self._events)
        request = ExportTraceServiceRequest()
        request.resource_spans.add().scope_spans.add().spans.extend(spans)
        return request.SerializeToString()

    def _span(self, name: str, kind: str, told: Mapping[str, Any], end: int) -> Span:
        return Span(
            trace_id=sha256(self.id.encode()).digest()[:16],
            span_id=sha256(f"{self.id} {name} {self._number}".encode()).digest()[:8],
            name=name,
            start_time_unix_nano=self.begin,
            end_time_unix_nano=end,
            attributes=self._numbered({"contexta.evidence.kind": kind, **told}),
        )

    def _numbered(self, told: Mapping[str, Any]) -> Any:
        self._number += 1
        own_address = {"contexta.run.id": self.id, "contexta.producer.id": f"{self.id}-p"}
        every = {**own_address, "contexta.seq": self._number - 1, **told}
        return pairs({key: value for key, value in every.items() if value is not None})


class Services:
    """What is told of deployments, and what the services behind them measure."""

    def __init__(self) -> None:
        self._records: list[LogRecord] = []
        self.measured: list[bytes] = []

    def deployment(self, id: str, day: float, *, run: str | None = None, artifact: str | None = None, environment: str = "production", status: str = "succeeded") -> "Services":  # fmt: skip
        """A deployment that completed on that day."""
        at = FIRST_DAY + int(day * DAY)
        told = {
            "deployment.id": id,
            "deployment.environment.name": environment,
            "deployment.status": status,
            "contexta.deployment.source_run_id": run,
            "contexta.deployment.artifact_id": artifact,
            "contexta.deployment.completed_at": _iso(at),
        }
        known = {key: value for key, value in told.items() if value is not None}
        record = LogRecord(event_name="contexta.deployment", time_unix_nano=at)
        record.attributes.extend(pairs(known))
        self._records.append(record)
        return self

    def gauge(self, deployment: str, name: str, days: Mapping[float, float], **attributes: str) -> "Services":  # fmt: skip
        """Values of an OpenTelemetry gauge, by day."""
        gauge = Metric(name=name, unit="1")
        for day, value in days.items():
            at = FIRST_DAY + int(day * DAY)
            gauge.gauge.data_points.append(
                NumberDataPoint(time_unix_nano=at, as_double=value, attributes=pairs(attributes))
            )
        resource = {"service.name": "scorer", "deployment.id": deployment}
        self.measured.append(metrics(resource, gauge).SerializeToString())
        return self

    def drift(self, deployment: str, name: str, value: float, day: float, reference: str) -> "Services":  # fmt: skip
        """A drift indicator, with what it is measured against."""
        told = {
            "contexta.metric.name": name,
            "contexta.metric.value": value,
            "contexta.metric.reference": reference,
            "deployment.id": deployment,
        }
        record = LogRecord(event_name="contexta.metric", time_unix_nano=FIRST_DAY + int(day * DAY))
        record.attributes.extend(pairs(told))
        self._records.append(record)
        return self

    def logs(self) -> bytes:
        """The export request of what was told in log records."""
        request = ExportLogsServiceRequest()
        group = request.resource_logs.add(resource=Resource())
        group.scope_logs.add().log_records.extend(self._records)
        return request.SerializeToString()


def take_in(data: Path, *jobs: Job, services: Services | None = None, open_ones: tuple[Job, ...] = ()) -> Path:  # fmt: skip
    """Put it all into a data directory, as a server would."""
    with own(DataDir(data)) as embedded:
        for job in jobs:
            embedded.append(Signal.TRACES, job.request())
        for job in open_ones:
            embedded.append(Signal.TRACES, job.request(None))
        if services is not None:
            embedded.append(Signal.LOGS, services.logs())
            for body in services.measured:
                embedded.append(Signal.METRICS, body)
    return data


def _iso(nanoseconds: int) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(nanoseconds / 1e9, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def retrained(day: int, auc: float, *, version: str = "v1", code: str = "abc", depth: int = 6) -> Job:  # fmt: skip
    """A nightly training run whose evaluation gave this AUC."""
    job = Job(f"night-{day:02}", day).stage("train", 0).stage("evaluate", 1)
    job.dataset("customers", version).code(code).configuration(depth=depth, rate=0.1)
    return job.metric("auc", auc, stage="evaluate", higher_is_better=True)
