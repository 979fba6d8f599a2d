"""OTLP/HTTP with the standard library: protobuf or JSON, gzip, one kept connection."""

from __future__ import annotations

import datetime as dt
import email.utils
import gzip
import http.client
import json
import ssl
from typing import Any, Final
from urllib.parse import urlsplit

from contexta.base.settings import Settings
from contexta.base.version import VERSION
from contexta.delivery.items import Signal
from contexta.delivery.transport import DELIVERED, Outcome, partial_success

_RETRYABLE: Final = frozenset({408, 429, 502, 503, 504})
_RESPONSE_LIMIT: Final = 4 * 1024 * 1024


class HttpTransport:
    """POSTs to /v1/traces and /v1/logs below the endpoint, or to the URLs given per signal."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.json = settings.protocol == "http/json"
        self._urls = {
            "traces": _url(settings.endpoint, "traces", settings.endpoint_is_complete),
            "logs": _url(
                settings.logs_endpoint or settings.endpoint,
                "logs",
                settings.logs_endpoint is not None and settings.logs_endpoint_is_complete,
            ),
        }
        self._connections: dict[str, http.client.HTTPConnection] = {}
        self._headers = {
            "User-Agent": f"contexta-python/{VERSION}",
            **settings.headers,
        }

    @property
    def name(self) -> str:
        url = urlsplit(self._urls["traces"])
        return f"{url.scheme}://{url.hostname}:{url.port} (OTLP/{self._settings.protocol})"

    def send(self, signal: Signal, request: bytes, timeout_s: float) -> Outcome:
        """POST one request: OTLP/JSON starts with a brace, protobuf never does. (What waited on
        disk is protobuf whatever the protocol; every OTLP/HTTP receiver takes it.)"""
        kind = "application/json" if request[:1] == b"{" else "application/x-protobuf"
        headers = {**self._headers, "Content-Type": kind}
        if self._settings.compression == "gzip":
            zipped = gzip.compress(request, compresslevel=1)
            headers = {**headers, "Content-Encoding": "gzip"}
            return self._send(signal, zipped, headers, timeout_s)
        return self._send(signal, request, headers, timeout_s)

    def _send(
        self, signal: Signal, body: bytes, headers: dict[str, str], timeout_s: float
    ) -> Outcome:
        kept = bool(self._connections)
        try:
            return self._post(self._urls[signal], body, headers, timeout_s)
        except (OSError, http.client.HTTPException) as error:
            self.close()
            if kept and not isinstance(error, TimeoutError):
                # The receiver closed the idle connection: that is no failure, a new one tells.
                return self._send(signal, body, headers, timeout_s)
            return Outcome("retry", message=f"{type(error).__name__}: {error}")

    def close(self) -> None:
        for connection in self._connections.values():
            connection.close()
        self.forget()

    def forget(self) -> None:
        self._connections = {}

    def _post(self, url: str, body: bytes, headers: dict[str, str], timeout_s: float) -> Outcome:
        parts = urlsplit(url)
        connection = self._connection(parts.scheme, parts.netloc, timeout_s)
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        connection.request("POST", path, body, headers)
        response = connection.getresponse()
        content = response.read(_RESPONSE_LIMIT)
        if response.status // 100 == 2:
            is_json = headers["Content-Type"] == "application/json"
            return _json_partial(content) if is_json else partial_success(content)
        message = f"HTTP {response.status} {response.reason}"
        if response.status in _RETRYABLE:
            after = _retry_after(response.getheader("Retry-After"))
            return Outcome("retry", message=message, retry_after_s=after)
        return Outcome("refused", message=message)

    def _connection(self, scheme: str, where: str, timeout_s: float) -> http.client.HTTPConnection:
        key = f"{scheme}://{where}"
        connection = self._connections.get(key)
        if connection is None:
            connection = self._connect(scheme, where, timeout_s)
            self._connections[key] = connection
        connection.timeout = timeout_s
        if connection.sock is not None:
            connection.sock.settimeout(timeout_s)
        return connection

    def _connect(self, scheme: str, where: str, timeout_s: float) -> http.client.HTTPConnection:
        if scheme != "https":
            return http.client.HTTPConnection(where, timeout=timeout_s)
        context = ssl.create_default_context(cafile=self._settings.certificate)
        if self._settings.client_certificate:
            context.load_cert_chain(self._settings.client_certificate, self._settings.client_key)
        return http.client.HTTPSConnection(where, timeout=timeout_s, context=context)


def _url(endpoint: str, signal: Signal, complete: bool) -> str:
    """A base endpoint gets /v1/<signal>; one set for the signal is used as it stands."""
    with_scheme = endpoint if "://" in endpoint else f"http://{endpoint}"
    return with_scheme if complete else f"{with_scheme.rstrip('/')}/v1/{signal}"


def _json_partial(content: bytes) -> Outcome:
    try:
        partial: dict[str, Any] = json.loads(content or b"{}").get("partialSuccess") or {}
        counts = [
            int(partial[key]) for key in ("rejectedSpans", "rejectedLogRecords") if key in partial
        ]
    except (ValueError, AttributeError, TypeError):
        return DELIVERED
    return Outcome("delivered", rejected=sum(counts), message=str(partial.get("errorMessage", "")))


def _retry_after(header: str | None) -> float | None:
    """Seconds, or an HTTP date."""
    if not header:
        return None
    if header.strip().isdigit():
        return float(header)
    try:
        moment = email.utils.parsedate_to_datetime(header)
    except ValueError:
        return None
    return max(0.0, (moment - dt.datetime.now(dt.UTC)).total_seconds())
