"""OTLP/JSON means what the specification says, is taken where the meaning is plain, and rejects only what has none."""

import base64
import json
import math
from typing import Any

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from contexta_processor.base.quarantine import Reason
from contexta_processor.base.signal import Signal

TRACE_ID = "0af7651916cd43dd8448eb211c80319c"


def span(name: str = "bad", **fields: Any) -> dict[str, Any]:
    """A span as OTLP/JSON."""
    return {"traceId": TRACE_ID, "spanId": "b7ad6b7169203331", "name": name, **fields}


def attribute(value: Any) -> dict[str, Any]:
    """A span with one attribute."""
    return span(attributes=[{"key": "k", "value": value}])


def request(*spans: Any) -> dict[str, Any]:
    """One request of these spans."""
    return {"resourceSpans": [{"scopeSpans": [{"spans": list(spans)}]}]}


def post(receiver: Any, body: Any, path: str = "/v1/traces") -> Any:
    """POST JSON, given as an object or as text."""
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    return receiver.post(path, text, content_type="application/json")


def taken_spans(receiver: Any) -> list[Span]:
    """All spans taken."""
    return [
        span
        for taken in receiver.requests(Signal.TRACES)
        for span in taken.resource_spans[0].scope_spans[0].spans
    ]


REJECTED = {
    "id of odd length": (span(spanId="b7ad6b716920333"), Reason.INVALID_SPAN_ID),
    "id that is not hex": (span(spanId="zzzzzzzzzzzzzzzz"), Reason.INVALID_SPAN_ID),
    "id with spaces": (span(spanId="b7 ad 6b 71 69 20 33 31"), Reason.INVALID_SPAN_ID),
    "id in base64": (
        span(traceId=base64.b64encode(bytes.fromhex(TRACE_ID)).decode()),
        Reason.INVALID_TRACE_ID,
    ),
    "all-zero id": (span(traceId="0" * 32), Reason.INVALID_TRACE_ID),
    "id as a number": (span(traceId=5), Reason.INVALID_VALUE),
    "time 1.5": (span(startTimeUnixNano=1.5), Reason.INVALID_VALUE),
    "time -1": (span(startTimeUnixNano=-1), Reason.INVALID_VALUE),
    "integer 2^63": (attribute({"intValue": str(2**63)}), Reason.INVALID_VALUE),
    "integer as words": (attribute({"intValue": "many"}), Reason.INVALID_VALUE),
    "integer true": (attribute({"intValue": True}), Reason.INVALID_VALUE),
    "double as words": (attribute({"doubleValue": "much"}), Reason.INVALID_VALUE),
    "bool as text": (attribute({"boolValue": "true"}), Reason.INVALID_VALUE),
    "two values at once": (attribute({"intValue": 1, "boolValue": True}), Reason.INVALID_VALUE),
    "unknown enum name": (span(kind="SPAN_KIND_FANCY"), Reason.INVALID_VALUE),
    "attributes that are no list": (span(attributes={"k": 1}), Reason.INVALID_VALUE),
    "a span that is a text": ("span", Reason.INVALID_VALUE),
    "bytes that are not base64": (attribute({"bytesValue": "*"}), Reason.INVALID_VALUE),
}


@pytest.mark.parametrize("name", REJECTED)
def test_a_bad_span_between_two_good_ones(receiver: Any, name: str) -> None:
    """The good ones arrive; the bad one is counted, and kept as JSON that can be sent again."""
    bad, reason = REJECTED[name]
    answer = post(receiver, request(span("good 1"), bad, span("good 2")))
    assert answer.status_code == 200
    assert answer.json()["partialSuccess"]["rejectedSpans"] == "1"
    assert answer.json()["partialSuccess"]["errorMessage"]
    assert receiver.span_names() == ["good 1", "good 2"]
    (kept,) = receiver.set_aside
    assert (kept.reason, kept.item_count, kept.rejected) == (reason, 1, True)
    assert json.loads(kept.raw) == request(bad)


TAKEN = {
    "ids in upper case": (span(traceId=TRACE_ID.upper()), lambda s: s.trace_id.hex() == TRACE_ID),
    "time as text": (span(startTimeUnixNano="15"), lambda s: s.start_time_unix_nano == 15),
    "time as number": (span(startTimeUnixNano=15), lambda s: s.start_time_unix_nano == 15),
    "time 1e18": (span(startTimeUnixNano=1e18), lambda s: s.start_time_unix_nano == 10**18),
    "largest time": (
        span(startTimeUnixNano=str(2**64 - 1)),
        lambda s: s.start_time_unix_nano == 2**64 - 1,
    ),
    "NaN as text": (
        attribute({"doubleValue": "NaN"}),
        lambda s: math.isnan(s.attributes[0].value.double_value),
    ),
    "minus infinity as text": (
        attribute({"doubleValue": "-Infinity"}),
        lambda s: s.attributes[0].value.double_value == -math.inf,
    ),
    "bare NaN": (
        attribute({"doubleValue": math.nan}),
        lambda s: math.isnan(s.attributes[0].value.double_value),
    ),
    "double as text": (
        attribute({"doubleValue": "0.5"}),
        lambda s: s.attributes[0].value.double_value == 0.5,
    ),
    "integer for double": (
        attribute({"doubleValue": 3}),
        lambda s: s.attributes[0].value.double_value == 3.0,
    ),
    "largest integer": (
        attribute({"intValue": 2**63 - 1}),
        lambda s: s.attributes[0].value.int_value == 2**63 - 1,
    ),
    "bytes": (
        attribute({"bytesValue": base64.b64encode(b"\xff").decode()}),
        lambda s: s.attributes[0].value.bytes_value == b"\xff",
    ),
    "empty value": (attribute({}), lambda s: s.attributes[0].value.WhichOneof("value") is None),
    "nested value": (
        attribute({"kvlistValue": {"values": [{"key": "a", "value": {"intValue": "1"}}]}}),
        lambda s: s.attributes[0].value.kvlist_value.values[0].value.int_value == 1,
    ),
    "unknown field": (span(shoeSize=44), lambda s: s.name == "bad"),
    "null field": (span(kind=None, attributes=None), lambda s: s.kind == 0),
    "enum as number": (span(kind=3), lambda s: s.kind == 3),
    "unknown enum number": (span(kind=999), lambda s: s.kind == 999),
    "flags of the JavaScript SDK": (span(flags=257), lambda s: s.flags == 257),
}


@pytest.mark.parametrize("name", TAKEN)
def test_what_has_a_plain_meaning_is_taken(receiver: Any, name: str) -> None:
    """No warning, no loss."""
    sent, holds = TAKEN[name]
    answer = post(receiver, request(sent))
    assert (answer.status_code, answer.json()) == (200, {})
    (taken,) = taken_spans(receiver)
    assert holds(taken)
    assert receiver.set_aside == []


WARNED = {
    "enum as name": (request(span(kind="SPAN_KIND_CLIENT")), "by name"),
    "snake_case key": (request(span(start_time_unix_nano=5)), "lowerCamelCase"),
    "null in a list": (request(span(), None), "null"),
    "lone surrogate": (request(span("a\ud800b")), "UTF-8"),
    "value nested too deep": (request(), "nested"),
}


@pytest.mark.parametrize("name", WARNED)
def test_what_is_taken_with_a_warning(receiver: Any, name: str) -> None:
    """Nothing is rejected, and the sender is told."""
    body, word = WARNED[name]
    if name == "value nested too deep":
        value: dict[str, Any] = {}
        for _ in range(60):
            value = {"arrayValue": {"values": [value]}}
        body = request(attribute(value))
    answer = post(receiver, body)
    assert answer.status_code == 200
    assert answer.json()["partialSuccess"].keys() == {"errorMessage"}
    assert word in answer.json()["partialSuccess"]["errorMessage"]
    assert len(taken_spans(receiver)) == 1


def test_a_lone_surrogate_becomes_the_replacement_character(receiver: Any) -> None:
    """And the text as it came is kept."""
    post(receiver, request(span("a\ud800b")))
    assert receiver.span_names() == ["a�b"]
    assert [item.reason for item in receiver.set_aside] == [Reason.INVALID_UTF8]


REFUSED = {
    "not JSON": b"{",
    "a list at the top": b"[]",
    "text at the top": b'"x"',
    "two documents": b"{} {}",
    "text behind it": b"{}x",
    "nested 100,000 deep": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "integer of 5,000 digits": b'{"resourceSpans": ' + b"9" * 5000 + b"}",
    "a key twice": b'{"resourceSpans": [], "resourceSpans": []}',
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_has_no_meaning_is_bad_data_and_kept(receiver: Any, name: str) -> None:
    """400, a Status in JSON, the bytes in quarantine."""
    answer = post(receiver, REFUSED[name])
    assert answer.status_code == 400
    assert answer.json()["code"] == 3
    assert [item.raw for item in receiver.set_aside] == [REFUSED[name]]
    assert receiver.taken == []


def test_what_is_set_aside_names_its_runs(receiver: Any) -> None:
    """So that the run's page can say that something of it was rejected."""
    bad = attribute({"stringValue": "r1"})
    bad["attributes"][0]["key"] = "contexta.run.id"
    post(receiver, request(bad | {"spanId": ""}))
    assert receiver.set_aside[0].run_ids == ("r1",)


def test_a_byte_order_mark_is_fine(receiver: Any) -> None:
    """Some tools write one."""
    answer = post(receiver, b"\xef\xbb\xbf" + json.dumps(request(span("good"))).encode())
    assert (answer.status_code, answer.json()) == (200, {})
    assert receiver.span_names() == ["good"]


def test_a_number_beyond_any_double_is_infinity(receiver: Any) -> None:
    """The rule for 1e400."""
    body = json.dumps(request(attribute({"doubleValue": 0}))).replace(": 0}", ": 1e400}")
    post(receiver, body.encode())
    assert taken_spans(receiver)[0].attributes[0].value.double_value == math.inf


def test_a_broken_resource_costs_itself_and_not_its_spans(receiver: Any) -> None:
    """The spans are taken; the request as it came is kept."""
    body = request(span("good"))
    body["resourceSpans"][0]["resource"] = "text"
    answer = post(receiver, body)
    assert answer.status_code == 200
    assert receiver.span_names() == ["good"]
    assert [item.reason for item in receiver.set_aside] == [Reason.DAMAGED_REQUEST]


def test_logs_and_metrics_are_converted_too(receiver: Any) -> None:
    """Every kind of point, and a log record with an empty body as JavaScript sends it."""
    record = {"timeUnixNano": "5", "eventName": "contexta.metric", "body": {}, "traceId": ""}
    post(receiver, {"resourceLogs": [{"scopeLogs": [{"logRecords": [record]}]}]}, path="/v1/logs")
    metrics = [
        {"name": "gauge", "gauge": {"dataPoints": [{"asDouble": "NaN"}, {"asInt": "7"}]}},
        {"name": "sum", "sum": {"dataPoints": [{"asInt": 1}], "isMonotonic": True}},
        {
            "name": "histogram",
            "histogram": {
                "dataPoints": [
                    {"bucketCounts": ["1", 2], "explicitBounds": [0.5], "count": "3"},
                    {"bucketCounts": [1], "explicitBounds": [0.5]},
                    {"bucketCounts": [-1, 1], "explicitBounds": [0.5]},
                ]
            },
        },
    ]
    answer = post(
        receiver, {"resourceMetrics": [{"scopeMetrics": [{"metrics": metrics}]}]}, "/v1/metrics"
    )
    assert answer.json()["partialSuccess"]["rejectedDataPoints"] == "2"
    logged = receiver.requests(Signal.LOGS)[0].resource_logs[0].scope_logs[0].log_records[0]
    assert (logged.event_name, logged.time_unix_nano) == ("contexta.metric", 5)
    taken = receiver.requests(Signal.METRICS)[0].resource_metrics[0].scope_metrics[0].metrics
    assert [metric.WhichOneof("data") for metric in taken] == ["gauge", "sum", "histogram"]
    assert taken[0].gauge.data_points[1].as_int == 7
    assert taken[1].sum.is_monotonic
    assert [point.count for point in taken[2].histogram.data_points] == [3]
    assert {item.reason for item in receiver.set_aside} == {
        Reason.INVALID_HISTOGRAM,
        Reason.INVALID_VALUE,
    }
