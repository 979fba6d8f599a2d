"""Doors without a server behind them: what they take lands in a list."""

import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import grpc
import httpx
import pytest
from google.protobuf.message import Message

from contexta_processor.base.quarantine import SetAside
from contexta_processor.base.signal import Signal
from contexta_processor.receive.counters import Counters
from contexta_processor.receive.grpc import build_server
from contexta_processor.receive.http import HttpDoor
from contexta_processor.receive.intake import Intake
from contexta_processor.receive.otlp import OTLP
from contexta_processor.receive.overload import Admission, Unavailable

MAX_BYTES = 4 * 1024 * 1024


@dataclass
class Receiver:
    """Both doors, and what came through them."""

    grpc: str
    http: str
    taken: list[tuple[Signal, bytes]] = field(default_factory=list)
    set_aside: list[SetAside] = field(default_factory=list)
    lag_bytes: int = 0
    full: bool = False

    def append(self, signal: Signal, body: bytes) -> None:
        if self.full:
            raise Unavailable("disk_full", "no space left on device")
        self.taken.append((signal, body))

    def requests(self, signal: Signal) -> list[Any]:
        """What was taken of one signal, parsed."""
        return [
            OTLP[signal].request.FromString(body) for kind, body in self.taken if kind == signal
        ]

    def span_names(self) -> list[str]:
        """Names of all spans taken, in order."""
        return [
            span.name
            for request in self.requests(Signal.TRACES)
            for resource_spans in request.resource_spans
            for scope_spans in resource_spans.scope_spans
            for span in scope_spans.spans
        ]

    def export(self, signal: Signal, body: bytes, **options: Any) -> Any:
        """Call Export with raw bytes; the parsed response."""
        with grpc.insecure_channel(
            self.grpc, options=[("grpc.max_send_message_length", -1)]
        ) as channel:
            call = channel.unary_unary(f"/{OTLP[signal].service}/Export")
            return OTLP[signal].response.FromString(call(body, timeout=20, **options))

    def post(self, path: str, body: bytes | Message, **headers: str) -> httpx.Response:
        """POST to the HTTP door, protobuf unless a content type is given."""
        content = body if isinstance(body, bytes) else body.SerializeToString()
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        given.setdefault("content-type", "application/x-protobuf")
        return httpx.post(f"http://{self.http}{path}", content=content, headers=given, timeout=20)


@pytest.fixture(scope="module")
def doors() -> Iterator[Receiver]:
    """A receiver with both doors open on free ports."""
    listening = socket.create_server(("127.0.0.1", 0))
    listening.setblocking(False)
    receiver = Receiver("", f"127.0.0.1:{listening.getsockname()[1]}")
    admission = Admission(lambda: receiver.lag_bytes, max_lag_bytes=1000)
    intake = Intake(receiver.append, receiver.set_aside.append, admission, Counters())
    server = build_server(intake, max_message_bytes=MAX_BYTES)
    receiver.grpc = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    http = HttpDoor(
        intake,
        listening,
        pages={"/healthz": lambda: (200, "text/plain", b"ok\n")},
        max_body_bytes=MAX_BYTES,
        max_held_bytes=MAX_BYTES,
    )
    server.start()
    http.start()
    yield receiver
    http.stop()
    server.stop(1).wait()
    listening.close()


@pytest.fixture
def receiver(doors: Receiver) -> Receiver:
    """The receiver of this module, with nothing in it yet."""
    doors.taken.clear()
    doors.set_aside.clear()
    doors.lag_bytes = 0
    doors.full = False
    return doors
