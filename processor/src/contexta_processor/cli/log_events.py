"""Evidence that a command finds itself, as one OTLP logs request: log records with an event name, as any SDK sends them."""

import os
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, SeverityNumber

from contexta_processor import __version__
from contexta_semconv import attributes as names

Value = str | int
Severity = Literal["info", "warning", "error"]

_SEVERITY: dict[Severity, tuple[SeverityNumber.ValueType, str]] = {
    "info": (SeverityNumber.SEVERITY_NUMBER_INFO, "INFO"),
    "warning": (SeverityNumber.SEVERITY_NUMBER_WARN, "WARN"),
    "error": (SeverityNumber.SEVERITY_NUMBER_ERROR, "ERROR"),
}


@dataclass(frozen=True)
class LogEvent:
    """One event: its name, severity, time in Unix nanoseconds, and attributes (None: left out)."""

    name: str
    severity: Severity
    at: int
    attributes: Mapping[str, Value | None]


def logs_request(events: Iterable[LogEvent]) -> bytes:
    """These events in their order, told by this process."""
    request = ExportLogsServiceRequest()
    resource = request.resource_logs.add()
    resource.resource.attributes.extend(
        _pairs(
            {
                names.SERVICE_NAME: "contexta",
                "service.version": __version__,
                "host.name": socket.gethostname(),
                "process.pid": os.getpid(),
            }
        )
    )
    scope = resource.scope_logs.add()
    scope.scope.name, scope.scope.version = "contexta_processor", __version__
    scope.log_records.extend(_record(event) for event in events)
    return request.SerializeToString()


def _record(event: LogEvent) -> LogRecord:
    number, text = _SEVERITY[event.severity]
    return LogRecord(
        time_unix_nano=event.at,
        observed_time_unix_nano=event.at,
        severity_number=number,
        severity_text=text,
        event_name=event.name,
        attributes=_pairs(event.attributes),
    )


def _pairs(attributes: Mapping[str, Value | None]) -> list[KeyValue]:
    return [
        KeyValue(
            key=key,
            value=AnyValue(int_value=value)
            if isinstance(value, int)
            else AnyValue(string_value=_text(value)),
        )
        for key, value in attributes.items()
        if value is not None
    ]


def _text(value: str) -> str:
    """Text OTLP can carry: names of files need not be UTF-8."""
    return value.encode("utf-8", "backslashreplace").decode("utf-8")
