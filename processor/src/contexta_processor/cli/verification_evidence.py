"""What a verification found, as OTLP: log records of a producer of its own, numbered and closed by a ledger."""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import replace

from contexta_processor.cli.log_events import LogEvent, Severity, Value, logs_request
from contexta_processor.investigate.verification.verification import Check, Outcome
from contexta_semconv import attributes as names
from contexta_semconv import events, values

CAPTURED_BY = "contexta-artifacts-verify"

_SEVERITY: dict[Outcome, Severity] = {
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
    told = [event for check in checks for event in _told(check)]
    told.append(_ledger(told, max((check.checked_at for check in checks), default=0)))
    return logs_request(
        _addressed(run_id, producer, number, event) for number, event in enumerate(told)
    )


def _told(check: Check) -> Iterator[LogEvent]:
    severity = _SEVERITY[check.result]
    found: dict[str, Value | None] = {
        names.CONTEXTA_ARTIFACT_ID: check.artifact_id,
        names.CONTEXTA_ARTIFACT_PATH: check.path,
        names.CONTEXTA_VERIFICATION_RESULT: check.result,
        names.CONTEXTA_VERIFICATION_REASON: check.reason,
        names.CONTEXTA_VERIFICATION_EXPECTED_SHA256: check.expected_sha256,
        names.CONTEXTA_VERIFICATION_OBSERVED_SHA256: check.observed_sha256,
        names.CONTEXTA_VERIFICATION_OBSERVED_SIZE_BYTES: check.observed_size_bytes,
    }
    yield LogEvent(events.VERIFICATION, severity, check.checked_at, found)
    if check.result != "match":
        marker: dict[str, Value | None] = {
            names.CONTEXTA_DEGRADED_REASON: _REASON[check.result],
            names.CONTEXTA_DEGRADED_SEVERITY: severity,
            names.CONTEXTA_DEGRADED_CATEGORY: values.DegradedCategory.VERIFICATION.value,
            names.CONTEXTA_DEGRADED_SUBJECT: check.artifact_id,
            names.CONTEXTA_DEGRADED_DETAIL: check.detail,
            names.CONTEXTA_DEGRADED_REMEDY: _REMEDY[check.result].format(id=check.artifact_id),
        }
        yield LogEvent(events.DEGRADED, severity, check.checked_at, marker)


def _ledger(told: Sequence[LogEvent], at: int) -> LogEvent:
    counted = [event.name for event in told]
    totals: dict[str, Value | None] = {
        names.CONTEXTA_LEDGER_LAST_SEQ: len(told),  # its own number
        names.CONTEXTA_LEDGER_DROPPED_COUNT: 0,
        names.CONTEXTA_LEDGER_VERIFICATION_COUNT: counted.count(events.VERIFICATION),
        names.CONTEXTA_LEDGER_DEGRADED_COUNT: counted.count(events.DEGRADED),
    }
    return LogEvent(events.LEDGER, "info", at, totals)


def _addressed(run_id: str, producer: str, number: int, event: LogEvent) -> LogEvent:
    address: dict[str, Value | None] = {
        names.CONTEXTA_RUN_ID: run_id,
        names.CONTEXTA_PRODUCER_ID: producer,
        names.CONTEXTA_SEQ: number,
        names.CONTEXTA_EVENT_ID: f"{producer}-{number}",
        names.CONTEXTA_CAPTURED_BY: CAPTURED_BY,
    }
    return replace(event, attributes={**address, **event.attributes})
