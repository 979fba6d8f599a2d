"""What a verification found, as OTLP: log records of a producer of its own, numbered and closed by a ledger."""

import os
import socket
import uuid
from collections.abc import Iterator, Sequence

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord

from contexta_processor import __version__
from contexta_processor.investigate.verification.verification import Check, Outcome
from contexta_semconv import attributes as names
from contexta_semconv import events, values

CAPTURED_BY = "contexta-artifacts-verify"

Value = str | int
Told = tuple[str, str, dict[str, Value | None]]
"""Event name, severity and attributes of one record."""

_NUMBERS = {"info": 9, "warning": 13, "error": 17}
_SEVERITY: dict[Outcome, str] = {
    "match": "info",
    "mismatch": "error",
    "missing": "error",
    "not_verifiable": "warning",
}
_REASON: dict[Outcome, str] = {
    "mismatch": "artifact_hash_mismatch",
    "missing": "artifact_missing",
    "not_verifiable": "artifact_not_verifiable",
}
_REMEDY: dict[Outcome, str] = {
    "mismatch": "find out what wrote it since; what rests on it is shown by: contexta lineage {id} --down",
    "missing": "bring it back, then verify again; what rests on it is shown by: contexta lineage {id} --down",
    "not_verifiable": "record a file with its sha256, and verify with --root where it is",
}


def evidence_request(run_id: str, checks: Sequence[Check]) -> bytes:
    """One OTLP logs request that tells these checks of the artifacts of a run."""
    producer = f"verify-{uuid.uuid4().hex}"
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
    told = [(one, check.checked_at) for check in checks for one in _told(check)]
    told.append((_ledger(told), max((check.checked_at for check in checks), default=0)))
    for number, (one, at) in enumerate(told):
        scope.log_records.append(_record(run_id, producer, number, one, at))
    return request.SerializeToString()


def _told(check: Check) -> Iterator[Told]:
    severity = _SEVERITY[check.result]
    yield (
        events.VERIFICATION,
        severity,
        {
            names.CONTEXTA_ARTIFACT_ID: check.artifact_id,
            names.CONTEXTA_ARTIFACT_PATH: check.path,
            names.CONTEXTA_VERIFICATION_RESULT: check.result,
            names.CONTEXTA_VERIFICATION_REASON: check.reason,
            names.CONTEXTA_VERIFICATION_EXPECTED_SHA256: check.expected_sha256,
            names.CONTEXTA_VERIFICATION_OBSERVED_SHA256: check.observed_sha256,
            names.CONTEXTA_VERIFICATION_OBSERVED_SIZE_BYTES: check.observed_size_bytes,
        },
    )
    if check.result != "match":
        yield (
            events.DEGRADED,
            severity,
            {
                names.CONTEXTA_DEGRADED_REASON: _REASON[check.result],
                names.CONTEXTA_DEGRADED_SEVERITY: severity,
                names.CONTEXTA_DEGRADED_CATEGORY: values.DegradedCategory.VERIFICATION.value,
                names.CONTEXTA_DEGRADED_SUBJECT: check.artifact_id,
                names.CONTEXTA_DEGRADED_DETAIL: check.detail,
                names.CONTEXTA_DEGRADED_REMEDY: _REMEDY[check.result].format(id=check.artifact_id),
            },
        )


def _ledger(told: Sequence[tuple[Told, int]]) -> Told:
    counted = [name for (name, _, _), _ in told]
    return (
        events.LEDGER,
        "info",
        {
            names.CONTEXTA_LEDGER_LAST_SEQ: len(told),  # its own number
            names.CONTEXTA_LEDGER_DROPPED_COUNT: 0,
            names.CONTEXTA_LEDGER_VERIFICATION_COUNT: counted.count(events.VERIFICATION),
            names.CONTEXTA_LEDGER_DEGRADED_COUNT: counted.count(events.DEGRADED),
        },
    )


def _record(run_id: str, producer: str, number: int, told: Told, at: int) -> LogRecord:
    name, severity, attributes = told
    address: dict[str, Value | None] = {
        names.CONTEXTA_RUN_ID: run_id,
        names.CONTEXTA_PRODUCER_ID: producer,
        names.CONTEXTA_SEQ: number,
        names.CONTEXTA_EVENT_ID: f"{producer}-{number}",
        names.CONTEXTA_CAPTURED_BY: CAPTURED_BY,
    }
    return LogRecord(
        time_unix_nano=at,
        observed_time_unix_nano=at,
        severity_number=_NUMBERS[severity],  # pyright: ignore[reportArgumentType] — the generated enum type takes ints
        severity_text={"info": "INFO", "warning": "WARN", "error": "ERROR"}[severity],
        event_name=name,
        attributes=_pairs(address | attributes),
    )


def _pairs(attributes: dict[str, Value | None]) -> list[KeyValue]:
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
