"""The native decoder and the plain one say the same of any request."""

import json
from types import SimpleNamespace

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue

from contexta_processor.base.signal import Signal
from contexta_processor.reconstruct.columns import SCHEMAS, Decoded
from contexta_processor.reconstruct.decode import decode
from contexta_processor.reconstruct.decode_plain import decode_record
from contexta_semconv import events
from contexta_semconv.types import ATTRIBUTE_TYPES

KEYS = [
    *sorted(ATTRIBUTE_TYPES),
    "contexta.sample.score.f1",
    "contexta.sample.score.a",
    "http.method",
    "event.name",
    "body",
    'odd"key\n',
    "",
]
NAMES = [*sorted(events.ALL), "evaluation_started", "exception", ""]

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
scalars = st.one_of(
    texts,
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(),
    st.binary(max_size=4),
    st.none(),
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)
attributes = st.lists(st.tuples(st.sampled_from(KEYS), values), max_size=8)
usual_times = st.sampled_from([0, 1, 1_780_000_000_000_000_123, 2**63 - 1])
times = st.integers(0, 40).flatmap(
    lambda n: st.sampled_from([2**63, 2**64 - 1]) if n == 40 else usual_times
)
counts = st.integers(0, 2**32 - 1)


def put(target: AnyValue, value: object) -> None:
    """Set an OTLP value."""
    if isinstance(value, bool):
        target.bool_value = value
    elif isinstance(value, int):
        target.int_value = value
    elif isinstance(value, float):
        target.double_value = value
    elif isinstance(value, str):
        target.string_value = value
    elif isinstance(value, bytes):
        target.bytes_value = value
    elif isinstance(value, list):
        target.array_value.SetInParent()
        for item in value:
            put(target.array_value.values.add(), item)
    elif isinstance(value, dict):
        target.kvlist_value.SetInParent()
        for key, item in value.items():
            put(target.kvlist_value.values.add(key=key).value, item)


def fill(message: object, items: list[tuple[str, object]]) -> None:
    """Add attributes, duplicates included."""
    for key, value in items:
        added = message.attributes.add(key=key)
        if value is not None:
            put(added.value, value)


@st.composite
def trace_requests(draw: st.DrawFn) -> bytes:
    """A traces request with any attributes anywhere."""
    request = ExportTraceServiceRequest()
    for _ in range(draw(st.integers(0, 2))):
        resource = request.resource_spans.add(schema_url=draw(st.sampled_from(["", "u1"])))
        fill(resource.resource, draw(st.lists(st.tuples(st.sampled_from(["service.name", "deployment.id", "process.pid"]), values), max_size=3)))  # fmt: skip
        for _ in range(draw(st.integers(0, 2))):
            scope = resource.scope_spans.add(schema_url=draw(st.sampled_from(["", "u2"])))
            scope.scope.name = draw(st.sampled_from(["", "contexta"]))
            for number in range(draw(st.integers(0, 3))):
                span = scope.spans.add(
                    trace_id=b"\x01" * 16,
                    span_id=bytes([number + 1]) * 8,
                    parent_span_id=draw(st.sampled_from([b"", b"\xab" * 8] * 20 + [b"\x01" * 3])),
                    name=draw(texts),
                    kind=draw(st.sampled_from([0, 1, 5] * 15 + [77])),
                    start_time_unix_nano=draw(times),
                    end_time_unix_nano=draw(times),
                    trace_state=draw(st.sampled_from(["", "k=v"])),
                    dropped_attributes_count=draw(counts),
                    dropped_events_count=draw(counts),
                )
                span.status.code = draw(st.sampled_from([0, 1, 2] * 15 + [9]))
                fill(span, draw(attributes))
                for _ in range(draw(st.integers(0, 2))):
                    fill(
                        span.links.add(trace_id=b"\x02" * 16, span_id=b"\x03" * 8), draw(attributes)
                    )
                for _ in range(draw(st.integers(0, 4))):
                    event = span.events.add(
                        name=draw(st.sampled_from(NAMES)), time_unix_nano=draw(times)
                    )
                    fill(event, draw(attributes))
    return request.SerializeToString()


@st.composite
def log_requests(draw: st.DrawFn) -> bytes:
    """A logs request with any bodies and names."""
    request = ExportLogsServiceRequest()
    scope = request.resource_logs.add().scope_logs.add()
    for _ in range(draw(st.integers(0, 5))):
        record = scope.log_records.add(
            event_name=draw(st.sampled_from(NAMES)),
            time_unix_nano=draw(times),
            observed_time_unix_nano=draw(times),
            severity_number=draw(st.sampled_from([0, 1, 9, 13, 24, 30])),
            severity_text=draw(st.sampled_from(["", "WARN"])),
            trace_id=draw(st.sampled_from([b"", b"\x01" * 16])),
            span_id=draw(st.sampled_from([b"", b"\x01" * 8])),
        )
        fill(record, draw(attributes))
        body = draw(values)
        if body is not None:
            put(record.body, body)
    return request.SerializeToString()


def rows(decoded: Decoded) -> dict[str, list[str]]:
    """Rows of every table as sorted text: NaN equals itself, order does not matter."""
    return {
        name: sorted(
            json.dumps(row, default=str, sort_keys=True) for row in decoded.tables[name].to_pylist()
        )
        for name in SCHEMAS
    }


def agree(signal: Signal, bodies: list[bytes]) -> None:
    """Assert that both decoders say the same of these requests together."""
    records = [SimpleNamespace(signal=signal, body=body) for body in bodies]
    refused: list[str] = []
    fast = decode(records, lambda record, why: refused.append(why))
    plain = Decoded.concat([decode_record(signal, body) for body in bodies])
    assert not refused
    assert rows(fast) == rows(plain)


@settings(deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(trace_requests(), min_size=1, max_size=3))
@example([b""])
def test_traces_decode_the_same_both_ways(bodies: list[bytes]) -> None:
    """Any spans, events, values, duplicates and extreme times."""
    agree(Signal.TRACES, bodies)


def two_severities() -> bytes:
    """A log record that says one severity as OTLP does, and another as an attribute."""
    request = ExportLogsServiceRequest()
    scope = request.resource_logs.add().scope_logs.add()
    record = scope.log_records.add(event_name="evaluation_started", severity_number=9)
    record.attributes.add(key="contexta.event.severity").value.string_value = "warning"
    return request.SerializeToString()


@settings(deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(log_requests(), min_size=1, max_size=3))
@example([two_severities()])
def test_logs_decode_the_same_both_ways(bodies: list[bytes]) -> None:
    """Any log records, named or not, with any body."""
    agree(Signal.LOGS, bodies)
