"""The OTLP/HTTP door: POST /v1/traces, /v1/logs and /v1/metrics in protobuf or JSON, plain or gzip.

    host and origin ─► path, method ─► type, encoding ─► declared size ─► read ─► inflate, capped ─► take ─► answer

Every refusal is a `google.rpc.Status` in the request's own encoding (JSON where that is unknown).
"""

import asyncio
import json
import math
import socket
import threading
import zlib
from collections.abc import Awaitable, Callable, Generator, Mapping, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.message import Message as HeaderParser
from typing import Any

import uvicorn
from google.protobuf.json_format import MessageToDict

from contexta_processor.receive.grpc import (
    DEFAULT_MAX_MESSAGE_BYTES,
    build_response,
    build_status,
    retry_info,
)
from contexta_processor.receive.http_protocol import HEADERS_TOO_LARGE, LimitedProtocol
from contexta_processor.receive.intake import Answer, Intake, Verdict
from contexta_processor.receive.json_otlp import check_json
from contexta_processor.receive.local_only import HostRule, header_values
from contexta_processor.receive.otlp import OTLP, Otlp
from contexta_processor.receive.overload import DEFAULT_MAX_IN_FLIGHT_BYTES
from contexta_processor.receive.wellformed import check

BODY_SECONDS = 30.0
STOPPING_BODY_SECONDS = 2.0
"""What a body that is on its way may still take once the server stops."""
DISCARD_SECONDS = 2.0
"""How long what a refused sender still sends is read and thrown away."""
_THREADS = 8
_STOP_SECONDS = 10
_PROTOBUF = "application/x-protobuf"
_JSON = "application/json"
_BY_PATH = {otlp.path: otlp for otlp in OTLP.values()}

# google.rpc.Code for the HTTP status of a refusal.
_CODES = {400: 3, 403: 7, 404: 5, 405: 12, 413: 8, 415: 3, 421: 3, 431: 8, 503: 14}

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Page = Callable[[], tuple[int, str, bytes]]


class _Refused(Exception):
    """A request that is answered with an HTTP error."""

    def __init__(self, status: int, message: str, *headers: tuple[str, str]) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers


class _Gone(Exception):
    """The client went away in the middle of its request."""


class _Arriving:
    """The body of a request on its way in."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._whole = False

    async def next(self) -> MutableMapping[str, Any]:
        """The next message about it."""
        message = await self._receive()
        self._whole = not message.get("more_body")
        return message

    async def discard(self) -> None:
        """Throw away what is still to come, for a moment: a connection that is closed on somebody who still sends takes the
        answer from him, and he would come back with the same for ever."""
        with suppress(TimeoutError):
            async with asyncio.timeout(DISCARD_SECONDS):
                while not self._whole:
                    await self.next()


@dataclass(frozen=True, slots=True)
class _Reply:
    status: int
    content_type: str
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()


class _Held:
    """Bytes of bodies in memory, of all requests together; one event loop, so no lock."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._total = 0

    @contextmanager
    def one(self) -> Generator[Callable[[int], None]]:
        """Counts one body as it grows. What is counted is given back on leaving."""
        mine = 0

        def hold(size: int) -> None:
            nonlocal mine
            # One body alone is always let in: it has its own limit.
            if self._total > mine and self._total + size > self._limit:
                raise _Refused(503, f"{self._total} bytes are in memory", ("retry-after", "1"))
            mine += size
            self._total += size

        try:
            yield hold
        finally:
            self._total -= mine


class HttpApp:
    """The door as an ASGI application.

    pages: GET path → (status, content type, body), for what is said about the server itself.
    """

    def __init__(
        self,
        intake: Intake,
        *,
        pages: Mapping[str, Page],
        max_body_bytes: int,
        max_held_bytes: int,
        host_rule: HostRule,
    ) -> None:
        self._intake = intake
        self._pages = pages
        self._max_body_bytes = max_body_bytes
        self._host_rule = host_rule
        self._held = _Held(max_held_bytes)
        self._workers = ThreadPoolExecutor(_THREADS, thread_name_prefix="otlp-http")
        self._loop: asyncio.AbstractEventLoop | None = None
        self._reading: set[asyncio.Timeout] = set()
        self._stopping = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        content_type = _JSON
        arriving = _Arriving(receive)
        try:
            self._let_in(scope)
            otlp = _BY_PATH.get(scope["path"])
            if otlp is None:
                reply = await self._page(scope)
            else:
                _require_method(scope, "POST")
                content_type = _content_type(scope)
                reply = await self._export(otlp, content_type, scope, arriving)
        except _Refused as refusal:
            asked_first = header_values(scope["headers"], b"expect")
            if refusal.status != 503 and not asked_first:  # who is too slow for us has had his time
                await arriving.discard()
            reply = _error_reply(refusal, content_type)
        except _Gone:
            return
        await _send_reply(send, reply, close=reply.status >= 400)

    def hurry(self) -> None:
        """From another thread: bodies that are on their way have two seconds left; then their senders are told to come back."""
        self._stopping = True
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._shorten)

    def _shorten(self) -> None:
        for limit in self._reading:
            limit.reschedule(asyncio.get_running_loop().time() + STOPPING_BODY_SECONDS)

    def close(self) -> None:
        """Wait for what is being taken in."""
        self._workers.shutdown()

    def _let_in(self, scope: Scope) -> None:
        if scope.get("state", {}).get(HEADERS_TOO_LARGE):
            raise _Refused(431, "the headers are too large")
        problem = self._host_rule.problem(scope["headers"])
        if problem is not None:
            raise _Refused(*problem)

    async def _page(self, scope: Scope) -> _Reply:
        page = self._pages.get(scope["path"])
        if page is None:
            raise _Refused(404, f"there is nothing at this path; OTLP is at {', '.join(_BY_PATH)}")
        if scope["method"] != "HEAD":
            _require_method(scope, "GET")
        return _Reply(*await asyncio.get_running_loop().run_in_executor(self._workers, page))

    async def _export(
        self, otlp: Otlp, content_type: str, scope: Scope, arriving: _Arriving
    ) -> _Reply:
        gzipped = _is_gzipped(scope)
        self._check_declared_size(scope)
        with self._held.one() as hold:
            body = await self._read(arriving, hold)
            run = asyncio.get_running_loop().run_in_executor
            return await run(self._workers, self._take, otlp, content_type, gzipped, body)

    def _check_declared_size(self, scope: Scope) -> None:
        for length in header_values(scope["headers"], b"content-length"):
            if length.isdigit() and int(length) > self._max_body_bytes:
                raise self._too_large()

    async def _read(self, arriving: _Arriving, hold: Callable[[int], None]) -> bytes:
        self._loop = asyncio.get_running_loop()
        seconds = STOPPING_BODY_SECONDS if self._stopping else BODY_SECONDS
        try:
            async with asyncio.timeout(seconds) as limit:
                self._reading.add(limit)
                try:
                    return await self._read_all(arriving, hold)
                finally:
                    self._reading.discard(limit)
        except TimeoutError:
            # Not 408, which only some senders retry: what it carries would be lost.
            late = f"the body did not arrive within {BODY_SECONDS:.0f} s"
            cause = "the server is stopping" if self._stopping else late
            raise _Refused(503, cause, ("retry-after", "1")) from None

    async def _read_all(self, arriving: _Arriving, hold: Callable[[int], None]) -> bytes:
        chunks: list[bytes] = []
        size = 0
        while True:
            message = await arriving.next()
            if message["type"] == "http.disconnect":
                raise _Gone
            chunk = message.get("body", b"")
            size += len(chunk)
            if size > self._max_body_bytes:
                raise self._too_large()
            if chunk:
                hold(len(chunk))
                chunks.append(chunk)
            if not message.get("more_body"):
                return b"".join(chunks)

    def _take(self, otlp: Otlp, content_type: str, gzipped: bool, body: bytes) -> _Reply:
        try:
            if gzipped:
                body = self._inflate(body)
        except _Refused as refusal:
            return _error_reply(refusal, content_type)
        read = check_json if content_type == _JSON else check
        answer = self._intake.take(otlp.signal, body, door="http", check=read)
        return _answer_reply(otlp, answer, content_type)

    def _inflate(self, body: bytes) -> bytes:
        inflater = zlib.decompressobj(wbits=31)
        try:
            # One byte more than allowed tells too large from exactly full.
            inflated = inflater.decompress(body, self._max_body_bytes + 1)
        except zlib.error as error:
            raise _Refused(400, f"the body is not gzip: {error}") from None
        if len(inflated) > self._max_body_bytes:
            raise self._too_large()
        if not inflater.eof:
            raise _Refused(400, "the gzip body is cut off")
        if inflater.unused_data:
            raise _Refused(400, "something follows the gzip body")
        return inflated

    def _too_large(self) -> _Refused:
        return _Refused(413, f"a request may be {self._max_body_bytes} bytes, inflated")


class HttpDoor:
    """The door on a listening socket, served by a thread of its own."""

    def __init__(
        self,
        intake: Intake,
        listening: socket.socket,
        *,
        pages: Mapping[str, Page],
        max_body_bytes: int = DEFAULT_MAX_MESSAGE_BYTES,
        max_held_bytes: int = DEFAULT_MAX_IN_FLIGHT_BYTES,
        check_host: bool = True,
        allowed_hosts: tuple[str, ...] = (),
    ) -> None:
        self._app = HttpApp(
            intake,
            pages=pages,
            max_body_bytes=max_body_bytes,
            max_held_bytes=max_held_bytes,
            host_rule=HostRule(check_host=check_host, allowed_hosts=allowed_hosts),
        )
        config = uvicorn.Config(
            self._app,
            http=LimitedProtocol,
            log_config=None,
            access_log=False,
            server_header=False,
            lifespan="off",
            ws="none",
            timeout_graceful_shutdown=_STOP_SECONDS,
        )
        self._server = uvicorn.Server(config)
        self._socket = listening
        self._thread = threading.Thread(target=self._run, daemon=True, name="otlp-http")

    def start(self) -> None:
        """Answer from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Take no new connection, finish what is inside."""
        self._app.hurry()
        self._server.should_exit = True
        self._thread.join(_STOP_SECONDS + 1)
        self._app.close()

    def _run(self) -> None:
        self._server.run(sockets=[self._socket])


def _require_method(scope: Scope, method: str) -> None:
    if scope["method"] != method:
        raise _Refused(405, f"only {method} is possible here", ("allow", method))


def _content_type(scope: Scope) -> str:
    given = header_values(scope["headers"], b"content-type")
    parser = HeaderParser()
    parser["content-type"] = given[0] if len(given) == 1 else ""
    kind = parser.get_content_type() if len(given) == 1 else ""
    charset = str(parser.get_param("charset", "utf-8")).lower()
    if kind in (_PROTOBUF, "application/protobuf"):
        return _PROTOBUF
    if kind == _JSON and charset in ("utf-8", "utf8", "us-ascii"):
        return _JSON
    raise _Refused(415, f"the content type must be {_PROTOBUF} or {_JSON} in UTF-8")


def _is_gzipped(scope: Scope) -> bool:
    given = [text.strip().lower() for text in header_values(scope["headers"], b"content-encoding")]
    if given in ([], [""], ["identity"]):
        return False
    if given == ["gzip"]:
        return True
    raise _Refused(415, "the content encoding must be gzip or none", ("accept-encoding", "gzip"))


def _answer_reply(otlp: Otlp, answer: Answer, content_type: str) -> _Reply:
    if answer.verdict is Verdict.TAKEN:
        return _Reply(200, content_type, _encode(build_response(otlp, answer), content_type))
    if answer.verdict is Verdict.BAD_DATA:
        return _error_reply(_Refused(400, answer.message), content_type)
    status = build_status(_CODES[503], answer.message, retry_info(answer))
    wait = ("retry-after", str(max(1, math.ceil(answer.retry_after_s))))
    return _Reply(503, content_type, _encode(status, content_type), (wait,))


def _error_reply(refusal: _Refused, content_type: str) -> _Reply:
    status = build_status(_CODES[refusal.status], str(refusal))
    return _Reply(refusal.status, content_type, _encode(status, content_type), refusal.headers)


def _encode(message: Any, content_type: str) -> bytes:
    if content_type == _JSON:
        return json.dumps(MessageToDict(message)).encode()
    return message.SerializeToString()


async def _send_reply(send: Send, reply: _Reply, *, close: bool) -> None:
    headers = [("content-type", reply.content_type), ("content-length", str(len(reply.body)))]
    headers += reply.headers
    if close:
        # What is left of a refused body must not be taken for the next request.
        headers.append(("connection", "close"))
    encoded = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    await send({"type": "http.response.start", "status": reply.status, "headers": encoded})
    await send({"type": "http.response.body", "body": reply.body})
