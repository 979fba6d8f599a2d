"""Bad protobuf through both doors: the good neighbours arrive, the bad is kept, the sender is told what is true."""

import time
from dataclasses import dataclass
from typing import Any

import grpc
import pytest
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from contexta_processor.base.quarantine import Reason
from contexta_processor.base.signal import Signal
from contexta_processor.receive.otlp import MAX_RESOURCES, OTLP

TRACE_ID = bytes(range(1, 17))


def varint(value: int) -> bytes:
    """A protobuf varint."""
    out = b""
    while value > 0x7F:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def delimited(number: int, payload: bytes) -> bytes:
    """A length-delimited field."""
    return varint(number << 3 | 2) + varint(len(payload)) + payload


def span(name: str = "bad", trace_id: bytes = TRACE_ID, span_id: bytes = b"12345678") -> bytes:
    """A span on the wire."""
    made = Span(trace_id=trace_id, span_id=span_id, name=name)
    made.attributes.add(key="contexta.run.id").value.string_value = "r1"
    return made.SerializeToString()


def nested_value(depth: int) -> bytes:
    """An AnyValue with arrays inside arrays."""
    value = b""
    for _ in range(depth):
        value = delimited(5, delimited(1, value))
    return value


def request(*items: bytes) -> bytes:
    """One request, one resource, one scope, these spans."""
    return delimited(1, delimited(2, b"".join(delimited(2, item) for item in items)))


GOOD = (span("good 1"), span("good 2", span_id=b"87654321"))


@dataclass(frozen=True)
class Item:
    """One span that is wrong, what it is answered with, and whether it arrives all the same."""

    raw: bytes
    rejected: int
    reason: Reason | None
    arrives_as: str | None = None


ITEMS = {
    "trace id of 0 bytes": Item(span(trace_id=b""), 1, Reason.INVALID_TRACE_ID),
    "trace id of 15 bytes": Item(span(trace_id=TRACE_ID[:15]), 1, Reason.INVALID_TRACE_ID),
    "trace id of 17 bytes": Item(span(trace_id=TRACE_ID + b"x"), 1, Reason.INVALID_TRACE_ID),
    "all-zero trace id": Item(span(trace_id=bytes(16)), 1, Reason.INVALID_TRACE_ID),
    "all-zero span id": Item(span(span_id=bytes(8)), 1, Reason.INVALID_SPAN_ID),
    "span id of 7 bytes": Item(span(span_id=b"1234567"), 1, Reason.INVALID_SPAN_ID),
    "parent id of 3 bytes": Item(span() + delimited(4, b"abc"), 1, Reason.INVALID_SPAN_ID),
    "empty span": Item(b"", 1, Reason.INVALID_TRACE_ID),
    "random bytes": Item(b"\xff" * 30, 1, Reason.DAMAGED_ITEM),
    "cut in the last attribute": Item(span()[:-3], 1, Reason.DAMAGED_ITEM),
    "field number 0": Item(span() + b"\x00\x01", 1, Reason.DAMAGED_ITEM),
    "field number 2^29": Item(span() + varint(1 << 32) + b"\x01", 1, Reason.DAMAGED_ITEM),
    "wire type 6": Item(span() + b"\xae\x06\x01", 1, Reason.DAMAGED_ITEM),
    "wire type 7": Item(span() + b"\xaf\x06\x01", 1, Reason.DAMAGED_ITEM),
    "group that never ends": Item(span() + b"\xa3\x06", 1, Reason.DAMAGED_ITEM),
    "groups nested 101 deep": Item(
        span() + b"\xa3\x06" * 101 + b"\xa4\x06" * 101, 1, Reason.DAMAGED_ITEM
    ),
    "varint of 11 bytes": Item(
        span() + b"\xa0\x06" + b"\x80" * 10 + b"\x01", 1, Reason.DAMAGED_ITEM
    ),
    "length beyond 2 GiB": Item(span() + b"\x2a" + varint(1 << 31), 1, Reason.DAMAGED_ITEM),
    "negative length": Item(span() + b"\x2a" + varint((1 << 64) - 1), 1, Reason.DAMAGED_ITEM),
    "bad UTF-8 in the name": Item(
        span("bXd").replace(b"bXd", b"b\xffd"), 0, Reason.INVALID_UTF8, "b�d"
    ),
    "encoded surrogate": Item(
        span("bXXXd").replace(b"XXX", b"\xed\xa0\x80"), 0, Reason.INVALID_UTF8, "b���d"
    ),
    "overlong NUL": Item(span("bXXd").replace(b"XX", b"\xc0\x80"), 0, Reason.INVALID_UTF8, "b��d"),
    "value nested 60 deep": Item(
        span() + delimited(9, delimited(1, b"deep") + delimited(2, nested_value(60))),
        0,
        Reason.NESTED_TOO_DEEP,
        "bad",
    ),
    "value nested 10,000 deep": Item(
        span() + delimited(9, delimited(1, b"deep") + delimited(2, nested_value(10_000))),
        0,
        Reason.NESTED_TOO_DEEP,
        "bad",
    ),
    "field number 2^29-1": Item(span() + varint((1 << 29) - 1 << 3) + b"\x01", 0, None, "bad"),
    "unknown field": Item(span() + delimited(900, b"?"), 0, None, "bad"),
    "unknown balanced group": Item(span() + b"\xa3\x06\x08\x01\xa4\x06", 0, None, "bad"),
    "overlong varint of 10 bytes": Item(
        span() + b"\x70" + b"\x81" + b"\x80" * 8 + b"\x00", 0, None, "bad"
    ),
    "NUL in the name": Item(span("b\0d"), 0, None, "b\0d"),
    "name sent as a number": Item(span("") + b"\x28\x05", 0, None, ""),
    "enum value 999": Item(span() + b"\x30\xe7\x07", 0, None, "bad"),
    "value nested 30 deep": Item(
        span() + delimited(9, delimited(1, b"deep") + delimited(2, nested_value(30))),
        0,
        None,
        "bad",
    ),
    "attribute key twice": Item(
        span() + delimited(9, delimited(1, b"k")) + delimited(9, delimited(1, b"k")), 0, None, "bad"
    ),
    "time in year 2554": Item(span() + b"\x39" + b"\xff" * 8, 0, None, "bad"),
    "dropped count 2^32-1": Item(span() + b"\x50" + varint((1 << 32) - 1), 0, None, "bad"),
}


@pytest.mark.parametrize("name", ITEMS)
@pytest.mark.parametrize("door", ["grpc", "http"])
def test_a_bad_span_between_two_good_ones(receiver: Any, door: str, name: str) -> None:
    """The good ones always arrive; the bad one is rejected or mended, counted, and kept with its run."""
    case = ITEMS[name]
    body = request(GOOD[0], case.raw, GOOD[1])
    response = send(receiver, door, Signal.TRACES, body)
    arrived = [] if case.arrives_as is None else [case.arrives_as]
    assert receiver.span_names() == ["good 1", *arrived, "good 2"]
    assert response.partial_success.rejected_spans == case.rejected
    assert [item.reason for item in receiver.set_aside] == ([case.reason] if case.reason else [])
    for item in receiver.set_aside:
        assert case.raw in item.raw
        assert item.rejected == (case.arrives_as is None)
        assert item.item_count == 1
        if b"contexta.run.id" in case.raw and b"r1" in case.raw:
            assert item.run_ids == ("r1",)
        assert response.partial_success.error_message


BETWEEN = {
    "trailing zeros": b"\x00" * 8,
    "field number 0": b"\x00\x01",
    "wire type 7": b"\x0f",
    "group that never ends": b"\xa3\x06",
    "end of no group": b"\xa4\x06",
    "varint of 11 bytes": b"\xa0\x06" + b"\x80" * 10 + b"\x01",
    "random bytes": bytes(range(200, 250)),
}


@pytest.mark.parametrize("name", BETWEEN)
@pytest.mark.parametrize("door", ["grpc", "http"])
def test_damage_between_two_resources(receiver: Any, door: str, name: str) -> None:
    """Damage outside of items doesn't hide what is whole behind it; the request is kept as it came."""
    body = request(GOOD[0]) + BETWEEN[name] + request(GOOD[1])
    response = send(receiver, door, Signal.TRACES, body)
    assert receiver.span_names() == ["good 1", "good 2"]
    assert [item.reason for item in receiver.set_aside] == [Reason.DAMAGED_REQUEST]
    assert receiver.set_aside[0].raw == body
    assert "damaged" in response.partial_success.error_message


def test_a_request_cut_anywhere_keeps_every_span_before_the_cut(receiver: Any) -> None:
    """However little of the last span is missing, the whole ones before it are taken."""
    body = request(*GOOD, span("last", span_id=b"lastlast"))
    last = len(delimited(2, span("last", span_id=b"lastlast")))
    for length in range(len(body) - last, len(body)):
        receiver.taken.clear()
        send(receiver, "http", Signal.TRACES, body[:length])
        assert receiver.span_names() == ["good 1", "good 2"]


NOTHING_GOOD = {
    "random bytes": b"\xff" * 40,
    "cut in the first tag": b"\x8a",
    "field number 0": b"\x00\x01",
    "unbalanced group": b"\x0b\x08\x01",
    "length beyond 2 GiB": b"\x0a" + varint(1 << 31),
    "JSON": b'{"resourceSpans": []}',
    "a cut span alone": request(span())[:-4],
}


@pytest.mark.parametrize("name", NOTHING_GOOD)
def test_nothing_readable_is_bad_data_and_kept(receiver: Any, name: str) -> None:
    """INVALID_ARGUMENT and 400, which no sender repeats, with the bytes in quarantine both times."""
    body = NOTHING_GOOD[name]
    with pytest.raises(grpc.RpcError) as refused:
        receiver.export(Signal.TRACES, body)
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    response = receiver.post("/v1/traces", body)
    assert response.status_code == 400
    assert Status.FromString(response.content).code == 3
    assert [item.raw for item in receiver.set_aside] == [body, body]
    assert {item.reason for item in receiver.set_aside} == {Reason.UNREADABLE_REQUEST}
    assert receiver.taken == []


@pytest.mark.parametrize("body", [b"", delimited(1, b""), delimited(1, delimited(2, b""))])
@pytest.mark.parametrize("door", ["grpc", "http"])
def test_empty_requests_are_fine(receiver: Any, door: str, body: bytes) -> None:
    """No items is no error, and nothing to keep."""
    response = send(receiver, door, Signal.TRACES, body)
    assert not response.HasField("partial_success")
    assert (receiver.taken, receiver.set_aside) == ([], [])


def test_spans_on_the_log_door_are_bad_data(receiver: Any) -> None:
    """A request of one signal is not taken for another."""
    with pytest.raises(grpc.RpcError) as refused:
        receiver.export(Signal.LOGS, request(*GOOD))
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert receiver.taken == []


def test_only_bad_ids_is_a_partial_success_of_nothing(receiver: Any) -> None:
    """A readable request whose every span is rejected is answered OK: it must not be sent again."""
    response = receiver.export(Signal.TRACES, request(span(trace_id=b"x"), span(span_id=b"")))
    assert response.partial_success.rejected_spans == 2
    assert receiver.taken == []
    assert {item.reason for item in receiver.set_aside} == {
        Reason.INVALID_TRACE_ID,
        Reason.INVALID_SPAN_ID,
    }


def test_a_rejected_span_is_kept_in_the_envelopes_it_came_in(receiver: Any) -> None:
    """What is in quarantine is itself a request: resource, scope and the raw span."""
    sent = ExportTraceServiceRequest()
    resource_spans = sent.resource_spans.add()
    resource_spans.resource.attributes.add(key="service.name").value.string_value = "trainer"
    scope_spans = resource_spans.scope_spans.add()
    scope_spans.scope.name = "contexta"
    scope_spans.spans.add(trace_id=b"short", name="bad")
    scope_spans.spans.add(trace_id=TRACE_ID, span_id=b"12345678", name="good")
    receiver.export(Signal.TRACES, sent.SerializeToString())
    kept = ExportTraceServiceRequest.FromString(receiver.set_aside[0].raw).resource_spans[0]
    assert kept.resource == resource_spans.resource
    assert kept.scope_spans[0].scope.name == "contexta"
    assert [span.name for span in kept.scope_spans[0].spans] == ["bad"]


def test_a_histogram_that_does_not_add_up_is_rejected_alone(receiver: Any) -> None:
    """Counts that don't fit their bounds cost their data point, not the metric's others."""
    sent = ExportMetricsServiceRequest()
    metric = sent.resource_metrics.add().scope_metrics.add().metrics.add(name="latency")
    good = {"explicit_bounds": [1.0], "bucket_counts": [1, 2], "count": 3}
    metric.histogram.data_points.add(**good)
    metric.histogram.data_points.add(explicit_bounds=[1.0, 2.0], bucket_counts=[1])
    metric.histogram.data_points.add(count=9)
    metric.histogram.aggregation_temporality = 2
    response = receiver.export(Signal.METRICS, sent.SerializeToString())
    assert response.partial_success.rejected_data_points == 1
    taken = receiver.requests(Signal.METRICS)[0].resource_metrics[0].scope_metrics[0].metrics[0]
    assert [point.count for point in taken.histogram.data_points] == [3, 9]
    assert (taken.name, taken.histogram.aggregation_temporality) == ("latency", 2)


def test_a_log_record_needs_no_ids_but_no_wrong_ones(receiver: Any) -> None:
    """None and all-zero ids are records of no span; a wrong length is rejected."""
    sent = ExportLogsServiceRequest()
    records = sent.resource_logs.add().scope_logs.add().log_records
    records.add(event_name="none")
    records.add(event_name="zero", trace_id=bytes(16), span_id=bytes(8))
    records.add(event_name="short", trace_id=b"123")
    response = receiver.export(Signal.LOGS, sent.SerializeToString())
    assert response.partial_success.rejected_log_records == 1
    taken = receiver.requests(Signal.LOGS)[0].resource_logs[0].scope_logs[0].log_records
    assert [record.event_name for record in taken] == ["none", "zero"]


def test_many_empty_spans_are_answered(receiver: Any) -> None:
    """Two bytes an item is the cheapest attack; it costs seconds, not the server."""
    body = delimited(1, delimited(2, b"\x12\x00" * 200_000))
    response = receiver.export(Signal.TRACES, body)
    assert response.partial_success.rejected_spans == 200_000
    assert len(receiver.set_aside) == 1


def test_work_for_one_request_is_bounded(receiver: Any) -> None:
    """A request made of nothing but things to mend is answered in seconds, and its bytes are kept."""
    body = request(GOOD[0]) + delimited(1, delimited(3, b"\xff") * 250_000)
    started = time.monotonic()
    response = receiver.export(Signal.TRACES, body)
    assert time.monotonic() - started < 15
    assert receiver.span_names() == ["good 1"]
    assert response.partial_success.error_message
    assert receiver.set_aside[0].raw == body


def test_envelopes_without_end_are_bounded_work_too(receiver: Any) -> None:
    """A request of nothing but empty resources is refused and kept; with a good span in front, that one is taken."""
    empty = b"\x0a\x00" * (MAX_RESOURCES + 1)
    assert receiver.post("/v1/traces", empty).status_code == 400
    response = receiver.export(Signal.TRACES, request(GOOD[0]) + empty)
    assert receiver.span_names() == ["good 1"]
    assert "items to examine" in response.partial_success.error_message
    assert receiver.set_aside[-1].raw == request(GOOD[0]) + empty


def send(receiver: Any, door: str, signal: Signal, body: bytes) -> Any:
    """Through one door; the parsed response."""
    if door == "grpc":
        return receiver.export(signal, body)
    response = receiver.post(f"/v1/{signal.label}", body)
    assert response.status_code == 200, response.text
    return OTLP[signal].response.FromString(response.content)
