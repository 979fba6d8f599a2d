"""Ways out of the process: each sends one export request and says what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from contexta.delivery.items import Signal
from contexta.delivery.wire import fields

Verdict: TypeAlias = Literal["delivered", "retry", "refused"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one request.

    verdict: delivered (also in part), retry (later, the same bytes), refused (for good).
    rejected: spans or records the receiver did not take from a delivered request.
    retry_after_s: what the receiver asked for, if it did.
    """

    verdict: Verdict
    rejected: int = 0
    message: str = ""
    retry_after_s: float | None = None


DELIVERED = Outcome("delivered")


class Transport(Protocol):
    """One destination. Used from one thread at a time; never raises."""

    @property
    def name(self) -> str:
        """Where it goes, as it may be shown to a user (no credentials)."""
        ...

    @property
    def json(self) -> bool:
        """Whether requests are OTLP/JSON rather than protobuf."""
        ...

    def send(self, signal: Signal, request: bytes, timeout_s: float) -> Outcome:
        """Deliver one encoded request within `timeout_s`."""
        ...

    def close(self) -> None:
        """Let go of connections and finish files; `send` after it opens them anew."""
        ...

    def forget(self) -> None:
        """Drop connections without touching them: they belong to the parent of this fork."""
        ...


def partial_success(response: bytes) -> Outcome:
    """The outcome in an Export…ServiceResponse; unreadable means delivered, as OTLP has it."""
    try:
        for field, value in fields(response):
            if field == 1 and isinstance(value, bytes):
                return _rejection(value)
    except ValueError:
        pass
    return DELIVERED


def _rejection(partial: bytes) -> Outcome:
    rejected, message = 0, ""
    for field, value in fields(partial):
        if field == 1 and isinstance(value, int):
            rejected = value
        elif field == 2 and isinstance(value, bytes):
            message = value.decode("utf-8", "replace")
    return Outcome("delivered", rejected=rejected, message=message)


def retry_delay_from_status(status: bytes) -> float | None:
    """Seconds of the RetryInfo inside a google.rpc.Status, if it has one."""
    try:
        for field, value in fields(status):
            if field == 3 and isinstance(value, bytes) and b"google.rpc.RetryInfo" in value:
                detail = dict(fields(value))
                payload = detail.get(2)
                return retry_delay(payload) if isinstance(payload, bytes) else None
    except ValueError:
        pass
    return None


def retry_delay(retry_info: bytes) -> float | None:
    """Seconds of a google.rpc.RetryInfo."""
    try:
        for field, value in fields(retry_info):
            if field == 1 and isinstance(value, bytes):
                parts = dict(fields(value))
                seconds, nanos = parts.get(1, 0), parts.get(2, 0)
                if isinstance(seconds, int) and isinstance(nanos, int):
                    return seconds + nanos / 1e9
    except ValueError:
        pass
    return None
