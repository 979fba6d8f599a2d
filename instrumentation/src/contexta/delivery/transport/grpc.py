"""OTLP/gRPC: two unary methods on one channel, requests as bytes."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import urlsplit

import grpc

from contexta.base.settings import Settings
from contexta.delivery.items import Signal
from contexta.delivery.transport import (
    Outcome,
    partial_success,
    retry_delay,
    retry_delay_from_status,
)

_METHODS: Final[dict[Signal, str]] = {
    "traces": "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
    "logs": "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
}
_RETRYABLE: Final = frozenset(
    {
        grpc.StatusCode.CANCELLED,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.ABORTED,
        grpc.StatusCode.OUT_OF_RANGE,
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.DATA_LOSS,
    }
)
_CHANNEL_OPTIONS: Final = (
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 2_000),
    ("grpc.max_send_message_length", -1),
    ("grpc.use_local_subchannel_pool", 1),
)
_NO_PROXY: Final = (("grpc.enable_http_proxy", 0),)


class GrpcTransport:
    """Lazily opened channels: one, or two where logs have an endpoint of their own."""

    json = False

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._targets: dict[Signal, tuple[str, bool]] = {
            "traces": _target(settings.endpoint, settings.insecure),
            "logs": _target(settings.logs_endpoint or settings.endpoint, settings.insecure),
        }
        self._metadata = tuple(settings.headers.items())
        self._channels: dict[tuple[str, bool], grpc.Channel] = {}
        self._calls: dict[Signal, Any] = {}

    @property
    def name(self) -> str:
        target, secure = self._targets["traces"]
        return f"{'https' if secure else 'http'}://{target} (OTLP/gRPC)"

    def send(self, signal: Signal, request: bytes, timeout_s: float) -> Outcome:
        try:
            call = self._calls.get(signal) or self._open(signal)
            return partial_success(call(request, timeout=timeout_s, metadata=self._metadata))
        except grpc.RpcError as error:
            return _failure(error)
        except (OSError, ValueError) as error:
            return Outcome("refused", message=str(error))

    def close(self) -> None:
        for channel in self._channels.values():
            channel.close()
        self.forget()

    def forget(self) -> None:
        self._channels = {}
        self._calls = {}

    def _open(self, signal: Signal) -> Any:
        where = self._targets[signal]
        channel = self._channels.get(where)
        if channel is None:
            channel = self._channels[where] = self._connect(*where)
        # The stubs leave open what a call is generic over.
        self._calls[signal] = cast("Any", channel).unary_unary(
            _METHODS[signal], request_serializer=None, response_deserializer=None
        )
        return self._calls[signal]

    def _connect(self, target: str, secure: bool) -> grpc.Channel:
        options = _CHANNEL_OPTIONS + (_NO_PROXY if _is_loopback(target) else ())
        gzip = self._settings.compression == "gzip"
        compression = grpc.Compression.Gzip if gzip else grpc.Compression.NoCompression
        if not secure:
            return grpc.insecure_channel(target, options, compression)
        credentials = grpc.ssl_channel_credentials(
            root_certificates=_content(self._settings.certificate),
            private_key=_content(self._settings.client_key),
            certificate_chain=_content(self._settings.client_certificate),
        )
        return grpc.secure_channel(target, credentials, options, compression)


def _target(endpoint: str, insecure: bool) -> tuple[str, bool]:
    """host:port and whether TLS is spoken: the scheme says, else OTEL_EXPORTER_OTLP_INSECURE."""
    if "://" not in endpoint:
        return endpoint, not insecure
    url = urlsplit(endpoint)
    if url.scheme == "unix":
        return endpoint, False
    host = f"[{url.hostname}]" if ":" in (url.hostname or "") else url.hostname or "127.0.0.1"
    return f"{host}:{url.port or 4317}", url.scheme == "https"


def _content(path: str | None) -> bytes | None:
    return Path(path).read_bytes() if path else None


def _is_loopback(target: str) -> bool:
    """A proxy set for the network must not stand before this machine."""
    return target.startswith(("127.", "localhost:", "[::1]", "unix:"))


def _failure(error: grpc.RpcError) -> Outcome:
    code = error.code()
    metadata = cast("Iterable[tuple[str, str | bytes]]", error.trailing_metadata() or ())
    trailers = dict(metadata)
    delay = _requested_delay(trailers)
    message = f"{code.name}: {error.details()}"
    retryable = code in _RETRYABLE or (
        code is grpc.StatusCode.RESOURCE_EXHAUSTED and delay is not None
    )
    return Outcome("retry" if retryable else "refused", message=message, retry_after_s=delay)


def _requested_delay(trailers: dict[str, str | bytes]) -> float | None:
    details = trailers.get("grpc-status-details-bin")
    if isinstance(details, bytes) and (delay := retry_delay_from_status(details)) is not None:
        return delay
    info = trailers.get("google.rpc.retryinfo-bin")
    return retry_delay(info) if isinstance(info, bytes) else None
