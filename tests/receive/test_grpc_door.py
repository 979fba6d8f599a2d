"""The gRPC door answers as the OTLP specification and standard senders need it."""

import threading
from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from google.rpc.error_details_pb2 import BadRequest, RetryInfo
from google.rpc.status_pb2 import Status
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

from contexta_processor.base.signal import Signal
from contexta_processor.receive.arrivals import PLACES
from contexta_processor.receive.otlp import OTLP


def one_span(name: str = "good") -> bytes:
    """A request of one span."""
    request = ExportTraceServiceRequest()
    request.resource_spans.add().scope_spans.add().spans.add(
        trace_id=b"t" * 16, span_id=b"s" * 8, name=name
    )
    return request.SerializeToString()


def refusal(receiver: Any, body: bytes, **options: Any) -> Any:
    """The error of a call that must fail."""
    with pytest.raises(grpc.RpcError) as refused:
        receiver.export(Signal.TRACES, body, **options)
    return refused.value


@pytest.mark.parametrize("signal", [Signal.TRACES, Signal.LOGS, Signal.METRICS])
def test_every_signal_has_its_service(receiver: Any, signal: Signal) -> None:
    """Trace, logs and metrics exports are all answered."""
    assert not receiver.export(signal, b"").HasField("partial_success")


def test_a_good_request_is_taken_byte_for_byte(receiver: Any) -> None:
    """What the journal gets is what was sent."""
    assert not receiver.export(Signal.TRACES, one_span()).HasField("partial_success")
    assert receiver.taken == [(Signal.TRACES, one_span())]


def test_a_standard_sdk_delivers(receiver: Any) -> None:
    """The stock Python exporter, with gzip, works without a word of configuration beyond the endpoint."""
    exporter = OTLPSpanExporter(
        f"http://{receiver.grpc}", insecure=True, compression=grpc.Compression.Gzip
    )
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    with provider.get_tracer("test").start_as_current_span("from the SDK"):
        pass
    provider.shutdown()
    assert receiver.span_names() == ["from the SDK"]


@pytest.mark.parametrize("trouble", ["lag", "full"])
def test_overload_and_full_disk_ask_the_sender_to_come_back_soon(
    receiver: Any, trouble: str
) -> None:
    """UNAVAILABLE with RetryInfo in both places that senders look, two seconds at most."""
    receiver.lag_bytes = 10_000 if trouble == "lag" else 0
    receiver.full = trouble == "full"
    error = refusal(receiver, one_span())
    assert error.code() is grpc.StatusCode.UNAVAILABLE
    trailers = dict(error.trailing_metadata())
    status = Status.FromString(trailers["grpc-status-details-bin"])
    detail = RetryInfo()
    assert status.details[0].Unpack(detail)
    assert RetryInfo.FromString(trailers["google.rpc.retryinfo-bin"]) == detail
    assert 0 < detail.retry_delay.ToTimedelta().total_seconds() <= 2
    receiver.lag_bytes, receiver.full = 0, False
    receiver.export(Signal.TRACES, one_span())
    assert receiver.span_names() == ["good"]


def test_bad_data_says_what_is_wrong(receiver: Any) -> None:
    """INVALID_ARGUMENT carries a BadRequest, and no RetryInfo."""
    error = refusal(receiver, b"\xff" * 20)
    trailers = dict(error.trailing_metadata())
    detail = BadRequest()
    assert Status.FromString(trailers["grpc-status-details-bin"]).details[0].Unpack(detail)
    assert "byte 0" in detail.field_violations[0].description
    assert "google.rpc.retryinfo-bin" not in trailers


def test_too_large_a_message_is_final(receiver: Any) -> None:
    """RESOURCE_EXHAUSTED without RetryInfo: sending it again would never help."""
    error = refusal(receiver, one_span("x" * 5_000_000))
    assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert "google.rpc.retryinfo-bin" not in dict(error.trailing_metadata() or ())


def test_a_gzip_bomb_is_stopped_while_inflating(receiver: Any) -> None:
    """A hundred megabytes in a hundred kilobytes are refused by their inflated size."""
    error = refusal(receiver, bytes(100_000_000), compression=grpc.Compression.Gzip)
    assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert receiver.taken == []


def test_unknown_methods_are_unimplemented(receiver: Any) -> None:
    """Profiles, for one, are told that nobody takes them here."""
    with grpc.insecure_channel(receiver.grpc) as channel:
        call = channel.unary_unary(
            "/opentelemetry.proto.collector.profiles.v1development.ProfilesService/Export"
        )
        with pytest.raises(grpc.RpcError) as refused:
            call(b"", timeout=10)
    assert refused.value.code() is grpc.StatusCode.UNIMPLEMENTED


def test_calls_that_never_send_their_message_keep_nobody_out(receiver: Any) -> None:
    """With more stalled calls than places, a good one is taken in a moment, and the stalled are told to come back."""
    never = threading.Event()

    def nothing() -> Iterator[bytes]:
        never.wait(30)
        return
        yield b""

    with grpc.insecure_channel(receiver.grpc) as channel:
        call = channel.stream_unary(f"/{OTLP[Signal.TRACES].service}/Export")
        stalled = [call.future(nothing(), timeout=30) for _ in range(PLACES + 8)]
        try:
            receiver.export(Signal.TRACES, one_span())
            assert receiver.span_names() == ["good"]
            told = [one.exception(0) for one in stalled if one.done()]
            assert told
            assert {error.code() for error in told} == {grpc.StatusCode.CANCELLED}
        finally:
            for one in stalled:
                one.cancel()
            never.set()


def test_a_call_without_a_message_is_answered(receiver: Any) -> None:
    """A call that ends before its message is no request."""
    with grpc.insecure_channel(receiver.grpc) as channel:
        call = channel.stream_unary(f"/{OTLP[Signal.TRACES].service}/Export")
        with pytest.raises(grpc.RpcError) as refused:
            call(iter(()), timeout=10)
    assert refused.value.code() is grpc.StatusCode.UNIMPLEMENTED
    assert receiver.taken == []
