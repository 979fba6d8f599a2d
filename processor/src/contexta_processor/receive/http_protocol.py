"""HTTP/1.1 with the limits uvicorn leaves to us: time for headers, size of headers, number of connections."""

import asyncio
import json

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEADER_SECONDS = 10.0
MAX_HEADER_BYTES = 32 * 1024
MAX_CONNECTIONS = 512
HEADERS_TOO_LARGE = "contexta.headers_too_large"
"""Key in the scope's state of a request whose headers went over the limit, and were not kept."""


class LimitedProtocol(HttpToolsProtocol):
    """A connection that must finish its headers in time and in bounds."""

    _deadline: asyncio.TimerHandle | None = None
    _header_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] - as in uvicorn
        super().connection_made(transport)
        if len(self.connections) > MAX_CONNECTIONS:
            transport.close()
            return
        self._await_headers()

    def connection_lost(self, exc: Exception | None) -> None:
        self._headers_done()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._deadline is not None:
            self._header_bytes += len(data)
        super().data_received(data)
        # Headers that never end: what ended within `data` was judged in on_header.
        if self._deadline is not None and self._header_bytes > 2 * MAX_HEADER_BYTES:
            self.send_400_response("The headers are too large.")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._kept_header_bytes = 0
        self._await_headers()

    def on_url(self, url: bytes) -> None:
        if len(self.url) + len(url) > MAX_HEADER_BYTES:
            self.scope.setdefault("state", {})[HEADERS_TOO_LARGE] = True
            return
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._kept_header_bytes += len(name) + len(value)
        if self._kept_header_bytes > MAX_HEADER_BYTES:
            self.scope.setdefault("state", {})[HEADERS_TOO_LARGE] = True
            return
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._headers_done()
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        """What is not HTTP is told so in a `google.rpc.Status`, like every other error."""
        body = json.dumps({"code": 3, "message": msg}).encode()
        head = (
            "HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\n"
            f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(head.encode("ascii") + body)
        self.transport.close()

    def _await_headers(self) -> None:
        self._headers_done()
        self._header_bytes = 0
        self._deadline = self.loop.call_later(HEADER_SECONDS, self.transport.close)

    def _headers_done(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
