"""Records of runs, artifacts and relations as any OpenTelemetry emitter could send them, in a few words."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, ResourceLogs, ScopeLogs
from otlp_values import pairs

from contexta_processor.base.data_dir import DataDir
from contexta_processor.base.query import Query
from contexta_processor.base.signal import Signal
from contexta_processor.cli.connect import Source
from contexta_processor.server.embedded import own

START_NS = 1_777_000_000 * 10**9
SECOND = 10**9
Message = tuple[Signal, bytes]


class Told:
    """Log records, one request each, so that they can arrive in any order."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self._at = START_NS

    def record(self, name: str, at: float | None = None, **attributes: Any) -> "Told":
        """A record `at` so many seconds after the start, or a second after the one before."""
        self._at = self._at + SECOND if at is None else START_NS + int(at * SECOND)
        told = {key.replace("__", "."): value for key, value in attributes.items()}
        record = LogRecord(
            event_name=f"contexta.{name}",
            time_unix_nano=self._at,
            attributes=pairs({f"contexta.{key}": value for key, value in told.items()}),
        )
        request = ExportLogsServiceRequest(
            resource_logs=[ResourceLogs(scope_logs=[ScopeLogs(log_records=[record])])]
        )
        self.messages.append((Signal.LOGS, request.SerializeToString()))
        return self

    def run(self, id: str, project: str = "bot", *, parent: str | None = None) -> "Told":
        """That a run began."""
        named = {"run__id": id, "project__name": project, "run__type": "training"}
        return self.record("run.started", **named, run__parent_id=parent)

    def artifact(self, run: str | None, id: str, role: str = "produced", **more: Any) -> "Told":
        """An artifact record; `more` are its attributes, `at` its time."""
        at = more.pop("at", None)
        dataset = {
            f"dataset__{key}": more.pop(key)
            for key in ("name", "fingerprint", "row_count")
            if key in more
        }
        told = {f"artifact__{key}": value for key, value in more.items()}
        return self.record(
            "artifact", at, run__id=run, artifact__id=id, artifact__role=role, **told, **dataset
        )

    def relation(self, type: str, source: str, target: str, **more: Any) -> "Told":
        """A relation of no run; `more` are its attributes, `at` its time."""
        at = more.pop("at", None)
        told = {f"relation__{key}": value for key, value in more.items()}
        ends = {"relation__from": source, "relation__to": target}
        return self.record("relation", at, relation__type=type, **ends, **told)

    def samples(self, run: str, *ids: str) -> "Told":
        """Samples of a run."""
        for id in ids:
            self.record("sample", run__id=run, sample__id=id)
        return self

    def span_of_service(self, service: str, deployment: str, run: str | None = None) -> "Told":
        """A span of a service whose Resource carries a deployment.id."""
        request = ExportTraceServiceRequest()
        resource = request.resource_spans.add()
        resource.resource.attributes.extend(
            pairs({"service.name": service, "deployment.id": deployment})
        )
        number = len(self.messages) + 1
        resource.scope_spans.add().spans.add(
            trace_id=number.to_bytes(16, "big"),
            span_id=number.to_bytes(8, "big"),
            name="predict",
            start_time_unix_nano=START_NS,
            end_time_unix_nano=START_NS + SECOND,
            attributes=pairs({"contexta.run.id": run}),
        )
        self.messages.append((Signal.TRACES, request.SerializeToString()))
        return self

    def deployment(self, id: str, environment: str, **more: Any) -> "Told":
        """A deployment record of no run."""
        told = {f"deployment__{key}": value for key, value in more.items()}
        self.record("deployment", **told)
        signal, body = self.messages.pop()
        request = ExportLogsServiceRequest.FromString(body)
        names = {
            "deployment.id": id,
            "deployment.environment.name": environment,
            "deployment.status": "succeeded",
        }
        record = request.resource_logs[0].scope_logs[0].log_records[0]
        record.attributes.extend(pairs(names))
        self.messages.append((signal, request.SerializeToString()))
        return self

    def into(self, data: Path) -> Path:
        """Put it into a data directory, as a server would."""
        take_in(data, self.messages)
        return data


def take_in(data: Path, messages: list[Message]) -> None:
    """Journal and reconstruct these requests."""
    with own(DataDir(data)) as embedded:
        for signal, body in messages:
            embedded.append(signal, body)


@contextmanager
def reading(data: Path) -> Iterator[Query]:
    """The directory, to be asked."""
    with Source.chosen(str(data), None).open() as query:
        yield query


def dicts(rows: list[Mapping[str, Any]], *names: str) -> set[tuple[Any, ...]]:
    """Some columns of rows, to be compared."""
    return {tuple(row[name] for name in names) for row in rows}
