"""Everything that can be set, each by an environment variable or a keyword of `configure`.

Own variables start with `CONTEXTA_`; what OpenTelemetry has a variable for is read from that one.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias
from urllib.parse import unquote

from contexta.base.misuse import warn_once

Carrier: TypeAlias = Literal["span", "log", "both"]
Protocol: TypeAlias = Literal["grpc", "http/protobuf", "http/json"]

DEFAULT_ENDPOINT: Final = "http://127.0.0.1:4317"


@dataclass(frozen=True, slots=True)
class Settings:
    """How this process emits. Durations in seconds, sizes in bytes."""

    endpoint: str = DEFAULT_ENDPOINT
    logs_endpoint: str | None = None
    endpoint_is_complete: bool = False
    logs_endpoint_is_complete: bool = False
    protocol: Protocol = "grpc"
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    compression: Literal["none", "gzip"] = "none"
    certificate: str | None = None
    client_certificate: str | None = None
    client_key: str | None = None
    insecure: bool = True
    timeout_s: float = 10.0
    project: str | None = None
    carrier: Carrier = "span"
    strict: bool = False
    heartbeat_s: float = 15.0
    segment_s: float = 5.0
    export_delay_s: float = 1.0
    exit_timeout_s: float = 2.0
    capture_timeout_s: float = 30.0
    queue_max_items: int = 16_384
    queue_max_bytes: int = 64 * 1024 * 1024
    queue_wait_s: float = 0.05
    environment: bool = True
    spool: str | None = None
    spool_max_bytes: int = 1024 * 1024 * 1024
    redact: Callable[[str], str | None] | None = None


def from_environment() -> Settings:
    """The settings in force when nobody calls `configure`."""
    endpoint, complete = _endpoint("TRACES")
    logs_endpoint, logs_complete = _endpoint("LOGS")
    return Settings(
        endpoint=endpoint or DEFAULT_ENDPOINT,
        endpoint_is_complete=complete,
        logs_endpoint=logs_endpoint,
        logs_endpoint_is_complete=logs_complete,
        protocol=_protocol(),
        headers={**_pairs("OTEL_EXPORTER_OTLP_HEADERS"), **_pairs("CONTEXTA_HEADERS")},
        compression="gzip" if _otlp("COMPRESSION").lower() == "gzip" else "none",
        certificate=_otlp("CERTIFICATE") or None,
        client_certificate=_otlp("CLIENT_CERTIFICATE") or None,
        client_key=_otlp("CLIENT_KEY") or None,
        insecure=_otlp("INSECURE").lower() != "false",
        timeout_s=_otlp_timeout(),
        project=_text("CONTEXTA_PROJECT"),
        carrier=_carrier(),
        strict=strict(),
        heartbeat_s=_number("CONTEXTA_HEARTBEAT_S", 15.0),
        segment_s=_number("CONTEXTA_SEGMENT_S", 5.0),
        exit_timeout_s=_number("CONTEXTA_EXIT_TIMEOUT_S", 2.0),
        capture_timeout_s=_number("CONTEXTA_CAPTURE_TIMEOUT_S", 30.0),
        queue_max_items=int(_number("CONTEXTA_QUEUE_MAX_ITEMS", 16_384)),
        queue_max_bytes=int(_number("CONTEXTA_QUEUE_MAX_BYTES", 64 * 1024 * 1024)),
        queue_wait_s=_number("CONTEXTA_QUEUE_WAIT_S", 0.05),
        environment=_flag("CONTEXTA_ENVIRONMENT", True),
        spool=_text("CONTEXTA_SPOOL"),
        spool_max_bytes=int(_number("CONTEXTA_SPOOL_MAX_BYTES", 1024 * 1024 * 1024)),
    )


def disabled() -> bool:
    """Whether emitting is switched off altogether (`CONTEXTA_DISABLED` or `OTEL_SDK_DISABLED`)."""
    return _flag("CONTEXTA_DISABLED", False) or _flag("OTEL_SDK_DISABLED", False)


def strict() -> bool:
    """Whether CONTEXTA_STRICT asks for errors instead of warnings."""
    return _flag("CONTEXTA_STRICT", False)


def _endpoint(signal: str) -> tuple[str | None, bool]:
    """The endpoint, and whether it is used as it stands (else OTLP/HTTP appends its path)."""
    if own := _text("CONTEXTA_ENDPOINT"):
        return own, False
    if for_signal := _text(f"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT"):
        return for_signal, True
    return _text("OTEL_EXPORTER_OTLP_ENDPOINT"), False


def _protocol() -> Protocol:
    name = os.environ.get("CONTEXTA_PROTOCOL") or _otlp("PROTOCOL") or "grpc"
    if name in ("grpc", "http/protobuf", "http/json"):
        return name
    warn_once("protocol", "unknown OTLP protocol %r: use grpc, http/protobuf or http/json", name)
    return "grpc"


def _carrier() -> Carrier:
    name = os.environ.get("CONTEXTA_CARRIER", "span") or "span"
    if name in ("span", "log", "both"):
        return name
    warn_once("carrier", "unknown CONTEXTA_CARRIER %r: use span, log or both", name)
    return "span"


def _otlp(name: str) -> str:
    """An OTLP variable, the one for traces first."""
    for variable in (f"OTEL_EXPORTER_OTLP_TRACES_{name}", f"OTEL_EXPORTER_OTLP_{name}"):
        if value := os.environ.get(variable, "").strip():
            return value
    return ""


def _otlp_timeout() -> float:
    try:
        return float(_otlp("TIMEOUT") or 10.0)
    except ValueError:
        return 10.0


def _pairs(variable: str) -> dict[str, str]:
    """`key=value,key=value`, URL-encoded, as OTLP headers are written."""
    entries = (entry.partition("=") for entry in os.environ.get(variable, "").split(","))
    return {key.strip().lower(): unquote(value.strip()) for key, _, value in entries if key.strip()}


def _text(variable: str) -> str | None:
    return os.environ.get(variable, "").strip() or None


def _flag(variable: str, default: bool) -> bool:
    value = os.environ.get(variable, "").strip().lower()
    return value in ("1", "true", "yes", "on") if value else default


def _number(variable: str, default: float) -> float:
    value = os.environ.get(variable, "").strip()
    try:
        return float(value) if value else default
    except ValueError:
        warn_once(variable, "%s is not a number: %r; using %s", variable, value, default)
        return default
