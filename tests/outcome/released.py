"""Deployments and the services they bring live, told in OTLP, and the command on them."""

import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contract.otlp_words import S, log, logs, pairs, traces
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from contexta_processor.base.signal import Signal
from contexta_processor.cli.connect import Source
from contexta_processor.cli.front_door import tell

DAY0 = 1_777_593_600
"""2026-05-01T00:00:00Z, in seconds."""
MINUTE = 60 * S
Told = ExportLogsServiceRequest | ExportTraceServiceRequest | ExportMetricsServiceRequest
_ids = itertools.count(1)


def at(minute: float) -> int:
    """Minutes after 2026-05-01T00:00Z as Unix nanoseconds."""
    return DAY0 * S + int(minute * MINUTE)


def iso(minute: int) -> str:
    """The same for people."""
    return f"2026-05-{1 + minute // 1440:02d}T{minute % 1440 // 60:02d}:{minute % 60:02d}:00Z"


def report(
    name: str,
    status: str | None,
    minute: float,
    *,
    environment: str | None = "prod",
    **more: object,
) -> LogRecord:
    """A `contexta.deployment` record; `more` are further `contexta.deployment.…`."""
    told: dict[str, object] = {"deployment.id": name}
    if environment is not None:
        told["deployment.environment.name"] = environment
    if status is not None:
        told["deployment.status"] = status
    told |= {f"contexta.deployment.{key}": value for key, value in more.items()}
    return log("contexta.deployment", told, at_ns=at(minute))


def report_span(record: LogRecord) -> Span:
    """The same as a deployment span that ends when the record is."""
    number = next(_ids)
    return Span(
        trace_id=number.to_bytes(16, "big"),
        span_id=number.to_bytes(8, "big"),
        name="deployment",
        kind=Span.SPAN_KIND_INTERNAL,
        start_time_unix_nano=record.time_unix_nano,
        end_time_unix_nano=record.time_unix_nano,
        attributes=[*record.attributes, *pairs({"contexta.evidence.kind": "deployment"})],
    )


def promotion(
    artifact: str,
    minute: float,
    decision: str = "approved",
    by: str | None = "board",
    to: str = "prod",
) -> LogRecord:
    """A decision."""
    told = {
        "contexta.artifact.id": artifact, "contexta.promotion.to": to, "contexta.promotion.decision": decision,
        "contexta.run.id": "eval",
    }  # fmt: skip
    return log(
        "contexta.promotion",
        told | ({"contexta.promotion.by": by} if by else {}),
        at_ns=at(minute),
    )


@dataclass
class Outcome:
    """A data directory and the command on it."""

    data: Path
    contexta: Callable[..., tuple[int, str, str]]

    def tell(self, *told: Told) -> None:
        """Leave requests in the inbox."""
        for request in told:
            signal = {
                ExportLogsServiceRequest: Signal.LOGS,
                ExportTraceServiceRequest: Signal.TRACES,
                ExportMetricsServiceRequest: Signal.METRICS,
            }[type(request)]
            tell(Source.chosen(str(self.data), None), signal, request.SerializeToString())

    def reported(self, *records: LogRecord, as_spans: bool = False) -> None:
        """Tell reports of deployments by either carrier."""
        self.tell(traces([report_span(one) for one in records]) if as_spans else logs([*records]))

    def asked(self, *words: str, code: int = 0) -> Any:
        """A command's JSON."""
        done, out, err = self.contexta(*words, "--data", str(self.data), "--json")
        assert done == code, err
        return json.loads(out) if out else err

    def shown(self, *words: str) -> str:
        """What people see."""
        done, out, err = self.contexta(*words, "--data", str(self.data), "--table")
        assert done == 0, err
        return out

    def sql(self, text: str) -> list[dict[str, Any]]:
        """Rows of a statement."""
        return self.asked("sql", text)

    def live(self, time: str, environment: str = "prod") -> str | None:
        """What was live."""
        found = self.asked("deployments", "--environment", environment, "--at", time)["deployments"]
        assert len(found) < 2
        return found[0]["deployment_id"] if found else None
