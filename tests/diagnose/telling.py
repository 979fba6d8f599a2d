"""Runs told in OTLP, healthy unless a story says otherwise."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
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

FIRST_DAY_NS = 1_777_000_000 * 10**9
DAY = 86_400 * 10**9
SECOND = 10**9
STAGES = ("prepare", "train", "evaluate")


def moment(nanoseconds: int) -> str:
    """A time as the wire contract writes it in attributes."""
    return datetime.fromtimestamp(nanoseconds / 10**9, UTC).isoformat()


@dataclass
class Run:
    """One run, written down until `request`. day: how many days after the first it began.

    numbered: whether its producer numbers; lost: how many numbered items it sends that never arrive;
    closed: whether its ledger and its own span are sent; announced: only its start is. rank, world: as a launcher
    would tell the process.
    """

    id: str
    project: str
    day: int = 0
    type: str | None = "training"
    status: str = "completed"
    expected: Sequence[str] | None = STAGES
    numbered: bool = True
    lost: int = 0
    dropped: int = 0
    ledger: bool = True
    own_span: bool = True
    announced: bool = False
    seconds: int = 600
    producer: str | None = None
    late: int = 0
    rank: int | None = None
    world: int | None = None
    number: int = 0
    spans: list[Span] = field(default_factory=list[Span])
    events: list[Span.Event] = field(default_factory=list[Span.Event])
    requests: list[bytes] = field(default_factory=list[bytes])

    @property
    def start(self) -> int:
        """When it began, in Unix nanoseconds."""
        return FIRST_DAY_NS + self.day * DAY + self.late * SECOND

    @property
    def end(self) -> int:
        """When it ended."""
        return self.start + self.seconds * SECOND

    def _numbered(self, attributes: Mapping[str, Any]) -> list[KeyValue]:
        own: dict[str, Any] = {"contexta.run.id": self.id}
        if self.numbered:
            producer = self.producer or f"{self.id}-p"
            own |= {"contexta.producer.id": producer, "contexta.seq": self.number}
            self.number += 1
        return pairs({**own, **attributes})

    def span(self, name: str, attributes: Mapping[str, Any], *, at: float = 0, took: float = 1, failed: bool = False) -> "Run":  # fmt: skip
        """A span; `at` and `took` are seconds, the first from the start of the run."""
        begun = self.start + int(at * SECOND)
        told = Span(
            trace_id=sha256(self.id.encode()).digest()[:16],
            span_id=sha256(
                f"{self.id} {self.producer} {name} {len(self.spans)} {self.number}".encode()
            ).digest()[:8],
            name=name,
            start_time_unix_nano=begun,
            end_time_unix_nano=begun + int(took * SECOND),
            attributes=self._numbered(attributes),
        )
        if failed:
            told.status.code = Status.STATUS_CODE_ERROR
        self.spans.append(told)
        return self

    def stage(self, name: str, index: int | None = None, *, at: float | None = None, took: float = 60, status: str = "completed", attempt: int | None = None) -> "Run":  # fmt: skip
        """A stage."""
        told = {
            "contexta.evidence.kind": "stage",
            "contexta.stage.name": name,
            "contexta.stage.index": index,
            "contexta.stage.status": status,
            "contexta.stage.attempt": attempt,
        }
        begun = at if at is not None else 100 * (index or 0)
        return self.span(f"stage {name}", told, at=begun, took=took)

    def operation(self, name: str, *, stage: str | None = None, error: str | None = None, at: float = 1) -> "Run":  # fmt: skip
        """An operation, failed where an error is given."""
        told = {
            "contexta.evidence.kind": "operation",
            "contexta.operation.name": name,
            "contexta.stage.name": stage,
            "error.type": error,
        }
        return self.span(name, told, at=at, failed=error is not None)

    def batch(self, id: str, *, stage: str = "train", index: int = 0, took: float = 5, status: str = "completed") -> "Run":  # fmt: skip
        """A batch."""
        told = {
            "contexta.evidence.kind": "batch",
            "contexta.batch.id": id,
            "contexta.batch.type": "fold",
            "contexta.batch.index": index,
            "contexta.stage.name": stage,
            "contexta.batch.status": status,
        }
        return self.span("batch fold", told, at=100, took=took)

    def event(self, name: str, attributes: Mapping[str, Any], *, at: float = 2) -> "Run":
        """Any event, `at` seconds after the start."""
        when = self.start + int(at * SECOND)
        self.events.append(
            Span.Event(name=name, time_unix_nano=when, attributes=self._numbered(attributes))
        )
        return self

    def metric(self, name: str, value: float, *, stage: str | None = None, slice: str | None = None, batch: str | None = None, **more: Any) -> "Run":  # fmt: skip
        """A metric; `more` are its attributes without the prefix."""
        told: dict[str, Any] = {
            "contexta.metric.name": name,
            "contexta.metric.value": float(value),
            "contexta.stage.name": stage,
            "contexta.slice": slice,
            "contexta.batch.id": batch,
        }
        return self.event(
            "contexta.metric", told | {f"contexta.metric.{key}": item for key, item in more.items()}
        )

    def curve(self, name: str, values: Sequence[float], *, stage: str = "train", **more: Any) -> "Run":  # fmt: skip
        """A packed curve over the steps 0, 1, 2, …"""
        told: dict[str, Any] = {
            "contexta.metric.name": name,
            "contexta.metric.values": [float(value) for value in values],
            "contexta.metric.steps": list(range(len(values))),
            "contexta.stage.name": stage,
        }
        return self.event(
            "contexta.metric.series",
            told | {f"contexta.metric.{key}": item for key, item in more.items()},
        )

    def samples(self, count: int, *, stage: str = "evaluate", status: str = "passed", score: float | None = 1.0, first: int = 0) -> "Run":  # fmt: skip
        """So many samples alike."""
        for number in range(first, first + count):
            told = {
                "contexta.sample.id": f"s{number}",
                "contexta.stage.name": stage,
                "contexta.sample.status": status,
                "contexta.sample.score.right": score,
            }
            self.event("contexta.sample", told)
        return self

    def artifact(self, id: str, kind: str, *, role: str = "produced", stage: str | None = None, dataset: Mapping[str, Any] | None = None, **more: Any) -> "Run":  # fmt: skip
        """An artifact; `dataset` are the attributes of one."""
        told: dict[str, Any] = {
            "contexta.artifact.id": id,
            "contexta.artifact.kind": kind,
            "contexta.artifact.role": role,
            "contexta.stage.name": stage,
        }
        told |= {f"contexta.artifact.{key}": item for key, item in more.items()}
        told |= {f"contexta.dataset.{key}": item for key, item in (dataset or {}).items()}
        return self.event("contexta.artifact", told)

    def degraded(self, reason: str, severity: str = "warning", category: str = "capture", **more: Any) -> "Run":  # fmt: skip
        """A degraded marker."""
        told = {
            "contexta.degraded.reason": reason,
            "contexta.degraded.severity": severity,
            "contexta.degraded.category": category,
            "contexta.stage.name": more.pop("stage", None),
        }
        return self.event(
            "contexta.degraded",
            told | {f"contexta.degraded.{key}": item for key, item in more.items()},
        )

    def deployment(self, id: str, *, after_days: float = 1, status: str = "succeeded", environment: str | None = "production", artifact: str | None = None, report: str | None = None, source: bool = True, **checks: str) -> "Run":  # fmt: skip
        """A deployment of this run, told in one event."""
        begun = self.end + int(after_days * DAY)
        told = {
            "deployment.id": id,
            "deployment.environment.name": environment,
            "deployment.status": status,
            "contexta.deployment.artifact_id": artifact or f"{self.id}-model",
            "contexta.deployment.source_run_id": self.id if source else None,
            "contexta.deployment.report_id": report,
            "contexta.deployment.started_at": moment(begun),
            "contexta.deployment.completed_at": moment(begun + 60 * SECOND),
        }
        told |= {f"contexta.deployment.check.{name}": result for name, result in checks.items()}
        return self.event("contexta.deployment", told)

    def rank_tells(self, rank: int, world: int, *, later: int = 0, of: int = 0, ledger: bool = True) -> "Run":  # fmt: skip
        """Another rank opens the same run, so many seconds later, tells nothing but that, and closes (`ledger`). of: which
        start of the launcher it is of."""
        other = replace(
            self, expected=None, rank=rank, world=world, ledger=ledger, number=0, spans=[], events=[], requests=[]
        )  # fmt: skip
        other.producer, other.late = f"{self.id}-p{rank}-{of}", later
        self.requests.append(other.request())
        return self

    def request(self) -> bytes:
        """The export request: what was written down, the ledger, and last the run's own span."""
        about = {
            "contexta.project.name": self.project,
            "contexta.run.type": self.type,
            "contexta.run.expected_stages": self.expected,
            "contexta.process.rank": self.rank,
            "contexta.process.world_size": self.world,
        }
        if self.announced:
            self.event("contexta.run.started", about, at=0)
        if self.lost:
            self.number += self.lost
            self.event("after_the_gap", {})
        if self.ledger and self.numbered:
            told = {"contexta.ledger.last_seq": self.number + (1 if self.own_span else 0)}
            self.event("contexta.ledger", told | {"contexta.ledger.dropped_count": self.dropped})
        if self.own_span:
            self.span(
                "run",
                about | {"contexta.evidence.kind": "run", "contexta.run.status": self.status},
                took=self.seconds,
            )
        else:
            self.span("segment", {"contexta.evidence.kind": "segment"})
        self.spans[-1].events.extend(self.events)
        request = ExportTraceServiceRequest()
        resource = request.resource_spans.add()
        resource.resource.attributes.extend(pairs({"service.name": "jobs"}))
        resource.scope_spans.append(ScopeSpans(spans=self.spans))
        return request.SerializeToString()


def conditions(run: Run, *, environment: bool = True, configuration: bool = True, revision: str | None = "4f2a9c1d77", dirty: bool = False, data: bool = True) -> Run:  # fmt: skip
    """Where, with what, on which data and by which code it ran."""
    told: dict[str, Any] = {}
    if environment:
        told |= {"contexta.environment.python": "3.11.8", "contexta.environment.platform": "linux"}
    if revision:
        told |= {"vcs.ref.head.revision": revision, "contexta.environment.vcs_dirty": dirty}
    if told:
        run.event("contexta.environment", told)
    if configuration:
        run.event("contexta.configuration", {"contexta.config.learning_rate": 0.1})
    if data:
        fingerprint = {"name": "orders", "fingerprint": "sha256-rows:aa11", "row_count": 1000}
        run.artifact(
            "orders-v1", "dataset_snapshot", role="consumed", stage="prepare", dataset=fingerprint
        )
    return run


def model(run: Run) -> Run:
    """The model it made, hashed."""
    digest = sha256(run.id.encode()).hexdigest()
    return run.artifact(
        f"{run.id}-model", "model_bundle", stage="train", sha256=digest, path="model.bin"
    )


def figures(run: Run, *, rows: int = 900, accuracy: float | None = 0.91) -> Run:
    """What its stages measured; a little different from run to run."""
    wobble = (run.day * 7) % 5
    run.metric("rows_in", 1000 + wobble, stage="prepare").metric(
        "rows_out", rows + wobble, stage="prepare"
    )
    run.metric("rows", rows + wobble, stage="train")
    run.metric("loss", 0.3 + wobble / 1000, stage="train", higher_is_better=False)
    if accuracy is not None:
        run.metric("accuracy", accuracy + wobble / 1000, stage="evaluate", higher_is_better=True)
    return run


def healthy(id: str, project: str, day: int = 0, **more: Any) -> Run:
    """A whole run with nothing wrong: three stages, conditions, rows, figures, samples and a model."""
    run = conditions(Run(id, project, day, **more))
    for index, name in enumerate(STAGES):
        run.stage(name, index)
    return model(figures(run).samples(8))


def history(project: str, count: int = 6) -> Iterator[Run]:
    """So many healthy runs, a day apart."""
    for day in range(count):
        yield healthy(f"{project}-past-{day}", project, day)


def take_in(data: Path, runs: Sequence[Run]) -> Path:
    """Put the runs' telemetry into a data directory, as a server would."""
    with own(DataDir(data)) as embedded:
        for run in runs:
            embedded.append(Signal.TRACES, run.request())
            for extra in run.requests:
                embedded.append(Signal.TRACES, extra)
    return data
