"""A real OTLP receiver to emit to: gRPC and HTTP, decoding with the official protobuf classes."""

from __future__ import annotations

import gzip
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import json_format
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsServiceRequest,
    ExportLogsServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

import contexta
from contexta.base import misuse


@dataclass
class Event:
    """One evidence event as it arrived, on a span or as a log record."""

    name: str
    attributes: dict[str, Any]
    at_ns: int
    span: Span | None = None
    severity: int = 0
    span_id: str = ""


@dataclass
class Span:
    """One span as it arrived."""

    name: str
    attributes: dict[str, Any]
    events: list[Event]
    trace_id: str
    span_id: str
    parent_id: str
    start_ns: int
    end_ns: int
    status: int
    message: str
    scope: str
    schema_url: str
    resource: dict[str, Any]

    @property
    def kind(self) -> str:
        """Which evidence scope it is; empty for anybody else's span."""
        return self.attributes.get("contexta.evidence.kind", "")


@dataclass
class Receiver:
    """What has arrived, and how to answer."""

    endpoint: str = ""
    spans: list[Span] = field(default_factory=list)
    logs: list[Event] = field(default_factory=list)
    requests: list[int] = field(default_factory=list)
    metadata: list[dict[str, str]] = field(default_factory=list)
    fail: Callable[[], tuple[grpc.StatusCode, tuple[tuple[str, bytes], ...]] | None] = lambda: None
    rejected: int = 0
    hang_up: bool = False

    @property
    def events(self) -> list[Event]:
        """All events that travelled on spans."""
        return [event for span in self.spans for event in span.events]

    def of(self, kind: str) -> list[Span]:
        """The spans of one kind."""
        return [span for span in list(self.spans) if span.kind == kind]

    def named(self, name: str) -> list[Event]:
        """The events of one name, from either carrier."""
        return [event for event in [*self.events, *self.logs] if event.name == name]

    def sequence(self, producer: str | None = None) -> list[int]:
        """All numbers that arrived, sorted; of one producer if given."""
        carriers = [one.attributes for one in (*self.spans, *self.events, *self.logs)]
        return sorted(
            one["contexta.seq"]
            for one in carriers
            if "contexta.seq" in one and producer in (None, one["contexta.producer.id"])
        )

    def has_no_gap(self) -> bool:
        """Whether the numbers that arrived follow each other (tests share one process)."""
        numbers = self.sequence()
        return numbers == list(range(numbers[0], numbers[0] + len(numbers)))

    def wait(self, condition: Callable[[], Any], timeout_s: float = 30.0) -> Any:
        """Wait until `condition` holds; fails if it does not in time."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            if result := condition():
                return result
            time.sleep(0.01)
        raise AssertionError(f"did not arrive within {timeout_s} s")


def value_of(value: Any) -> Any:
    """A protobuf AnyValue as a Python value."""
    kind = value.WhichOneof("value")
    if kind is None:
        return None
    inner = getattr(value, kind)
    if kind == "array_value":
        return [value_of(item) for item in inner.values]
    if kind == "kvlist_value":
        return {entry.key: value_of(entry.value) for entry in inner.values}
    return inner


def attributes_of(entries: Any) -> dict[str, Any]:
    """Key-values as a dict; a key said twice is a fault."""
    keys = [entry.key for entry in entries]
    assert len(keys) == len(set(keys)), f"an attribute is there twice: {keys}"
    return {entry.key: value_of(entry.value) for entry in entries}


def take_traces(receiver: Receiver, request: ExportTraceServiceRequest) -> None:
    """Decode one trace request."""
    for resource_spans in request.resource_spans:
        resource = attributes_of(resource_spans.resource.attributes)
        for scope_spans in resource_spans.scope_spans:
            for span in scope_spans.spans:
                arrived = Span(
                    name=span.name,
                    attributes=attributes_of(span.attributes),
                    events=[
                        Event(event.name, attributes_of(event.attributes), event.time_unix_nano)
                        for event in span.events
                    ],
                    trace_id=span.trace_id.hex(),
                    span_id=span.span_id.hex(),
                    parent_id=span.parent_span_id.hex(),
                    start_ns=span.start_time_unix_nano,
                    end_ns=span.end_time_unix_nano,
                    status=span.status.code,
                    message=span.status.message,
                    scope=scope_spans.scope.name,
                    schema_url=scope_spans.schema_url,
                    resource=resource,
                )
                for event in arrived.events:
                    event.span = arrived
                receiver.spans.append(arrived)


def take_logs(receiver: Receiver, request: ExportLogsServiceRequest) -> None:
    """Decode one logs request."""
    for resource_logs in request.resource_logs:
        for scope_logs in resource_logs.scope_logs:
            receiver.logs.extend(
                Event(
                    record.event_name,
                    attributes_of(record.attributes),
                    record.time_unix_nano,
                    severity=record.severity_number,
                    span_id=record.span_id.hex(),
                )
                for record in scope_logs.log_records
            )


class GrpcHandler(grpc.GenericRpcHandler):
    """The two Export methods, on bytes."""

    def __init__(self, receiver: Receiver) -> None:
        self.receiver = receiver

    def service(self, details: Any) -> Any:
        """The handler for a method."""
        traces = details.method.endswith("TraceService/Export")
        metadata = dict(details.invocation_metadata)

        def export(body: bytes, context: grpc.ServicerContext) -> bytes:
            failure = self.receiver.fail()
            if failure is not None:
                code, trailers = failure
                context.set_trailing_metadata(trailers)
                context.abort(code, "not now")
            self.receiver.requests.append(len(body))
            self.receiver.metadata.append(metadata)
            if traces:
                take_traces(self.receiver, ExportTraceServiceRequest.FromString(body))
                answer = ExportTraceServiceResponse()
                answer.partial_success.rejected_spans = self.receiver.rejected
            else:
                take_logs(self.receiver, ExportLogsServiceRequest.FromString(body))
                answer = ExportLogsServiceResponse()
            return answer.SerializeToString()

        return grpc.unary_unary_rpc_method_handler(export)


def serve_grpc(receiver: Receiver, port: int = 0) -> tuple[grpc.Server, int]:
    """A running gRPC server and its port."""
    server = grpc.server(
        ThreadPoolExecutor(4),
        handlers=[GrpcHandler(receiver)],
        options=[("grpc.so_reuseport", 0), ("grpc.max_receive_message_length", 64 * 1024 * 1024)],
    )
    bound = server.add_insecure_port(f"127.0.0.1:{port}")
    server.start()
    return server, bound


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """An OTLP/gRPC receiver that the library is pointed at."""
    arriving = Receiver()
    server, port = serve_grpc(arriving)
    arriving.endpoint = f"http://127.0.0.1:{port}"
    with emitting_to(monkeypatch, arriving.endpoint):
        yield arriving
    server.stop(0)


@pytest.fixture
def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[int], Receiver]]:
    """Start a receiver on a given port when the test wants it."""
    servers: list[grpc.Server] = []

    def start(port: int) -> Receiver:
        arriving = Receiver()
        server, _ = serve_grpc(arriving, port)
        servers.append(server)
        return arriving

    with emitting_to(monkeypatch, "http://127.0.0.1:1"):
        yield start
    for server in servers:
        server.stop(0)


class HttpHandler(BaseHTTPRequestHandler):
    """POST /v1/traces and /v1/logs, protobuf or JSON."""

    protocol_version = "HTTP/1.1"
    receiver: Receiver

    def do_POST(self) -> None:
        """Take one request."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        as_json = self.headers["Content-Type"] == "application/json"
        message = (
            ExportTraceServiceRequest()
            if self.path.endswith("traces")
            else ExportLogsServiceRequest()
        )
        if as_json:
            json_format.ParseDict(hex_ids_as_base64(json.loads(body)), message)
        else:
            message.ParseFromString(body)
        self.receiver.metadata.append({key.lower(): value for key, value in self.headers.items()})
        if isinstance(message, ExportTraceServiceRequest):
            take_traces(self.receiver, message)
        else:
            take_logs(self.receiver, message)
        answer = b"{}" if as_json else b""
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)
        if self.receiver.hang_up:
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


def hex_ids_as_base64(document: Any) -> Any:
    """OTLP/JSON has hex ids where protobuf's JSON has base64."""
    import base64

    if isinstance(document, list):
        return [hex_ids_as_base64(item) for item in document]
    if not isinstance(document, dict):
        return document
    return {
        key: base64.b64encode(bytes.fromhex(value)).decode()
        if key in ("traceId", "spanId", "parentSpanId")
        else hex_ids_as_base64(value)
        for key, value in document.items()
    }


@pytest.fixture
def http_receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """An OTLP/HTTP receiver that the library is pointed at; the test sets the protocol."""
    arriving = Receiver()
    handler = type("Handler", (HttpHandler,), {"receiver": arriving})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    arriving.endpoint = f"http://127.0.0.1:{server.server_address[1]}"
    monkeypatch.setenv("CONTEXTA_PROTOCOL", "http/protobuf")
    with emitting_to(monkeypatch, arriving.endpoint):
        yield arriving
    server.shutdown()
    server.server_close()


class emitting_to:
    """The library set up afresh for one endpoint, and put away afterwards."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, endpoint: str) -> None:
        for name in list(os.environ):
            if name.startswith(("CONTEXTA_", "OTEL_")) and name != "CONTEXTA_PROTOCOL":
                monkeypatch.delenv(name)
        self.endpoint = endpoint

    def __enter__(self) -> None:
        misuse.forget_warnings()
        restart(endpoint=self.endpoint)

    def __exit__(self, *raised: Any) -> None:
        restart()


def restart(**settings: Any) -> None:
    """Forget what was set up; read the environment again."""
    from contexta.emitter import lifecycle

    contexta.shutdown(timeout_s=1.0)
    lifecycle.forget_settings()
    contexta.configure(**{"environment": False, **settings})


@pytest.fixture(name="restart")
def restart_fixture() -> Callable[..., None]:
    """Set the library up afresh with other settings in the middle of a test."""
    return restart


@pytest.fixture
def script(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run Python code as a job of its own, with the given environment variables."""

    def run(code: str, timeout_s: float = 60.0, **variables: str) -> Any:
        file = tmp_path / "job.py"
        file.write_text(code)
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("CONTEXTA_", "OTEL_"))}
        return subprocess.run(
            [sys.executable, str(file)],
            capture_output=True,
            text=True,
            timeout=timeout_s,
            env={**clean, "CONTEXTA_ENVIRONMENT": "0", **variables},
            cwd=tmp_path,
            check=False,
        )

    return run
