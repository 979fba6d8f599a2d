"""The HTTP door answers as the OTLP specification needs it, and is no way in for a web page."""

import gzip
import json
import socket
import time
import zlib
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from google.rpc.status_pb2 import Status
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

BAD_REQUEST, TOO_LARGE = 3, 8


def one_span(name: str = "good") -> bytes:
    """A request of one span."""
    request = ExportTraceServiceRequest()
    request.resource_spans.add().scope_spans.add().spans.add(
        trace_id=b"t" * 16, span_id=b"s" * 8, name=name
    )
    return request.SerializeToString()


def raw(receiver: Any, text: bytes, *, wait: float = 5.0) -> bytes:
    """Bytes on a connection; everything that comes back until it is closed or silent."""
    host, _, port = receiver.http.rpartition(":")
    with socket.create_connection((host, int(port)), timeout=wait) as connection:
        connection.sendall(text)
        answer = b""
        try:
            while chunk := connection.recv(65536):
                answer += chunk
        except TimeoutError:
            pass
    return answer


@pytest.mark.parametrize("content_type", ["application/x-protobuf", "application/protobuf"])
def test_protobuf_is_taken_and_answered_in_kind(receiver: Any, content_type: str) -> None:
    """Both names of protobuf are taken; the answer is protobuf."""
    response = receiver.post("/v1/traces", one_span(), content_type=content_type)
    assert (response.status_code, response.content) == (200, b"")
    assert response.headers["content-type"] == "application/x-protobuf"
    assert receiver.span_names() == ["good"]


def test_a_standard_sdk_delivers(receiver: Any) -> None:
    """The stock Python HTTP exporter, with gzip."""
    exporter = OTLPSpanExporter(f"http://{receiver.http}/v1/traces", compression=Compression.Gzip)
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    with provider.get_tracer("test").start_as_current_span("from the SDK"):
        pass
    provider.shutdown()
    assert receiver.span_names() == ["from the SDK"]


def test_a_chunked_body_needs_no_length(receiver: Any) -> None:
    """What the stock JavaScript exporter sends."""

    def chunks() -> Iterator[bytes]:
        body = one_span()
        yield body[:10]
        yield body[10:]

    response = httpx.post(
        f"http://{receiver.http}/v1/traces",
        content=chunks(),
        headers={"content-type": "application/x-protobuf"},
    )
    assert response.request.headers["transfer-encoding"] == "chunked"
    assert response.status_code == 200
    assert receiver.span_names() == ["good"]


@pytest.mark.parametrize("encoding", ["gzip", "identity", "GZIP"])
def test_plain_and_gzip_bodies_are_taken(receiver: Any, encoding: str) -> None:
    """The two encodings every receiver must know."""
    body = gzip.compress(one_span()) if encoding.lower() == "gzip" else one_span()
    assert receiver.post("/v1/traces", body, content_encoding=encoding).status_code == 200
    assert receiver.span_names() == ["good"]


REFUSED = {
    "GET": ("GET", "/v1/traces", {}, b"", 405),
    "PUT": ("PUT", "/v1/logs", {}, b"", 405),
    "unknown path": ("POST", "/v1/nothing", {}, b"", 404),
    "trailing slash": ("POST", "/v1/traces/", {}, b"", 404),
    "upper case path": ("POST", "/V1/traces", {}, b"", 404),
    "no content type": ("POST", "/v1/traces", {"content-type": ""}, b"", 415),
    "text/plain": ("POST", "/v1/traces", {"content-type": "text/plain"}, b"{}", 415),
    "form": (
        "POST",
        "/v1/traces",
        {"content-type": "application/x-www-form-urlencoded"},
        b"a=b",
        415,
    ),
    "JSON in UTF-16": (
        "POST",
        "/v1/traces",
        {"content-type": "application/json; charset=utf-16"},
        "{}".encode("utf-16"),
        415,
    ),
    "brotli": ("POST", "/v1/traces", {"content-encoding": "br"}, b"", 415),
    "zstd": ("POST", "/v1/traces", {"content-encoding": "zstd"}, b"", 415),
    "gzip twice": ("POST", "/v1/traces", {"content-encoding": "gzip, gzip"}, b"", 415),
    "no gzip": ("POST", "/v1/traces", {"content-encoding": "gzip"}, b"plain", 400),
    "cut gzip": (
        "POST",
        "/v1/traces",
        {"content-encoding": "gzip"},
        gzip.compress(b"x" * 100)[:-4],
        400,
    ),
    "two gzip members": (
        "POST",
        "/v1/traces",
        {"content-encoding": "gzip"},
        gzip.compress(one_span()) + gzip.compress(one_span()),
        400,
    ),
    "too large": ("POST", "/v1/traces", {}, bytes(5_000_000), 413),
    "bad data": ("POST", "/v1/traces", {}, b"\xff" * 20, 400),
    "other host": ("POST", "/v1/traces", {"host": "evil.example:4318"}, one_span(), 421),
    "other origin": ("POST", "/v1/traces", {"origin": "http://evil.example"}, one_span(), 403),
    "origin null": ("POST", "/v1/traces", {"origin": "null"}, one_span(), 403),
    "100 KB of headers": ("POST", "/v1/traces", {"x-long": "x" * 100_000}, b"", 431),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_is_told_why(receiver: Any, name: str) -> None:
    """Every refusal has its status and a google.rpc.Status, and nothing is taken."""
    method, path, headers, body, code = REFUSED[name]
    given = {"content-type": "application/x-protobuf", **headers}
    response = httpx.request(
        method, f"http://{receiver.http}{path}", headers=given, content=body, timeout=20
    )
    assert response.status_code == code
    assert receiver.taken == []
    if response.headers["content-type"] == "application/json":
        assert response.json()["message"]
    else:
        assert Status.FromString(response.content).message
    if code == 405:
        assert response.headers["allow"] == "POST"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:4318", "[::1]:4318", "api.localhost"])
def test_our_own_names_are_let_in(receiver: Any, host: str) -> None:
    """Addresses and localhost can't be rebound by a page."""
    assert receiver.post("/v1/traces", one_span(), host=host).status_code == 200


def test_errors_speak_the_requests_encoding(receiver: Any) -> None:
    """JSON in, JSON out; protobuf in, protobuf out."""
    answer = receiver.post("/v1/traces", b"[]", content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, BAD_REQUEST)
    answer = receiver.post("/v1/traces", b"\xff")
    assert (answer.status_code, Status.FromString(answer.content).code) == (400, BAD_REQUEST)


def test_a_partial_success_is_told_in_json_as_in_protobuf(receiver: Any) -> None:
    """Counts are strings in protobuf's JSON."""
    spans = [{"traceId": "ab" * 16, "spanId": "cd" * 8}, {"traceId": "ab", "spanId": "cd" * 8}]
    body = json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}).encode()
    answer = receiver.post("/v1/traces", body, content_type="application/json; charset=utf-8")
    assert answer.status_code == 200
    assert answer.json()["partialSuccess"]["rejectedSpans"] == "1"
    assert len(receiver.set_aside) == 1


@pytest.mark.parametrize("trouble", ["lag", "full"])
def test_overload_is_503_with_retry_after(receiver: Any, trouble: str) -> None:
    """Two seconds at most, or the sender gives the batch up."""
    receiver.lag_bytes = 10_000 if trouble == "lag" else 0
    receiver.full = trouble == "full"
    answer = receiver.post("/v1/traces", one_span())
    assert answer.status_code == 503
    assert 1 <= int(answer.headers["retry-after"]) <= 2
    assert Status.FromString(answer.content).code == 14


def test_a_bomb_is_stopped_while_inflating(receiver: Any) -> None:
    """Three hundred megabytes in three hundred kilobytes: refused by the limit, never held."""
    packer = zlib.compressobj(9, wbits=31)
    chunk = bytes(10_000_000)
    bomb = b"".join(packer.compress(chunk) for _ in range(30)) + packer.flush()
    before = peak_kib()
    answer = receiver.post("/v1/traces", bomb, content_encoding="gzip")
    assert answer.status_code == 413
    assert Status.FromString(answer.content).code == TOO_LARGE
    assert peak_kib() - before < 64 * 1024


def peak_kib() -> int:
    """The most memory this process ever had, in KiB."""
    with open("/proc/self/status", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmHWM"))


def test_a_declared_length_over_the_limit_is_refused_before_the_body(receiver: Any) -> None:
    """Also where the sender asks first: no 100 Continue, then 413."""
    answer = raw(
        receiver,
        b"POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-protobuf\r\n"
        b"Content-Length: 999999999\r\nExpect: 100-continue\r\n\r\n",
    )
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"100 Continue" not in answer


def test_many_large_bodies_at_once_are_bounded(receiver: Any) -> None:
    """Bodies that trickle in together may not fill the memory: the one too many is told to come back."""
    host, _, port = receiver.http.rpartition(":")
    with socket.create_connection((host, int(port))) as slow:
        slow.sendall(HEAD + b"Content-Length: 4000000\r\n\r\n" + bytes(3_500_000))
        wait_until = time.monotonic() + 20
        while (answer := receiver.post("/v1/traces", bytes(1_000_000))).status_code != 503:
            assert time.monotonic() < wait_until
        assert answer.headers["retry-after"] == "1"
    receiver.taken.clear()
    while receiver.post("/v1/traces", one_span()).status_code != 200:
        assert time.monotonic() < wait_until
    assert receiver.span_names() == ["good"]


def test_a_client_that_leaves_in_the_middle_leaves_nothing(receiver: Any) -> None:
    """Half a body is never taken, even if it is a whole request by itself."""
    body = one_span()
    host, _, port = receiver.http.rpartition(":")
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(
            b"POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-protobuf\r\n"
            + f"Content-Length: {2 * len(body)}\r\n\r\n".encode()
            + body
        )
    assert receiver.post("/v1/traces", one_span("after")).status_code == 200
    assert receiver.span_names() == ["after"]


HEAD = b"POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-protobuf\r\n"
MALFORMED = {
    "no host": b"POST /v1/traces HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
    "two hosts": HEAD + b"Host: localhost\r\nContent-Length: 0\r\n\r\n",
    "length and chunked": HEAD
    + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "two lengths": HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
    "negative length": HEAD + b"Content-Length: -1\r\n\r\n",
    "signed length": HEAD + b"Content-Length: +3\r\n\r\nabc",
    "bad chunk size": HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
    "bare LF chunks": HEAD + b"Transfer-Encoding: chunked\r\n\r\n3\nabc\n0\n\n",
    "folded header": HEAD + b"X-Folded: a\r\n b\r\nContent-Length: 0\r\n\r\n",
    "HTTP/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "no HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_http_is_refused_and_closed(receiver: Any, name: str) -> None:
    """No request is guessed from what two parsers could read differently."""
    answer = raw(receiver, MALFORMED[name])
    assert answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 405 ")), answer
    assert b'"message"' in answer or b"application/x-protobuf" in answer
    assert receiver.taken == []


def test_headers_that_never_end_are_hung_up_on(receiver: Any) -> None:
    """Ten seconds for the headers, however slowly they trickle."""
    host, _, port = receiver.http.rpartition(":")
    started = time.monotonic()
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(b"POST /v1/traces HTTP/1.1\r\nHost: local")
        assert connection.recv(100) == b""
    assert time.monotonic() - started < 15


def test_pages_about_the_server_are_there(receiver: Any) -> None:
    """GET and HEAD; anything else is told so."""
    assert httpx.get(f"http://{receiver.http}/healthz").text == "ok\n"
    assert httpx.head(f"http://{receiver.http}/healthz").status_code == 200
    assert httpx.post(f"http://{receiver.http}/healthz").status_code == 405


def test_an_empty_request_is_fine(receiver: Any) -> None:
    """No items is no error."""
    for path in ("/v1/traces", "/v1/logs", "/v1/metrics"):
        answer = receiver.post(path, b"")
        assert (answer.status_code, answer.content) == (200, b"")
        answer = receiver.post(path, b"{}", content_type="application/json")
        assert (answer.status_code, answer.json()) == (200, {})
