"""OTLP as somebody without our library writes it: protobuf messages, and JSON as the JavaScript SDK sends it."""

import base64
import json
import math
from collections.abc import Mapping
from typing import Any

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from otlp_values import any_value
from otlp_values import key_values as pairs

T0 = 1_777_800_000_000_000_000
"""2026-05-03T09:20:00Z, in nanoseconds."""
S = 1_000_000_000


def event(name: str, at_ns: int, /, **attributes: object) -> Span.Event:
    """A span event; `contexta__metric__name` stands for `contexta.metric.name`."""
    return Span.Event(name=name, time_unix_nano=at_ns, attributes=pairs(dotted(attributes)))


def dotted(attributes: Mapping[str, object]) -> dict[str, object]:
    """Keys with `__` for a dot."""
    return {key.replace("__", "."): value for key, value in attributes.items()}


def span(
    trace: int,
    number: int,
    name: str,
    attributes: Mapping[str, object],
    *,
    parent: int | None = None,
    at: float = 0,
    seconds: float = 1,
    events: list[Span.Event] | None = None,
    status: int = 0,
) -> Span:
    """A finished span; `at` seconds after T0."""
    made = Span(
        trace_id=trace.to_bytes(16, "big"),
        span_id=number.to_bytes(8, "big"),
        parent_span_id=parent.to_bytes(8, "big") if parent else b"",
        name=name,
        kind=Span.SPAN_KIND_INTERNAL,
        start_time_unix_nano=T0 + int(at * S),
        end_time_unix_nano=T0 + int((at + seconds) * S),
        attributes=pairs(attributes),
        events=events or [],
    )
    made.status.code = status
    return made


def log(
    name: str,
    attributes: Mapping[str, object],
    *,
    at_ns: int = T0,
    trace: int | None = None,
    number: int | None = None,
    severity: int = 0,
    body: object = None,
) -> LogRecord:
    """A log record with an event name."""
    made = LogRecord(
        event_name=name,
        time_unix_nano=at_ns,
        observed_time_unix_nano=at_ns,
        attributes=pairs(attributes),
        severity_number=severity,
        trace_id=trace.to_bytes(16, "big") if trace else b"",
        span_id=number.to_bytes(8, "big") if number else b"",
    )
    if body is not None:
        made.body.CopyFrom(any_value(body))
    return made


def traces(
    spans: list[Span], resource: Mapping[str, object] | None = None, scope: str = "raw"
) -> ExportTraceServiceRequest:
    """Spans in one request."""
    made = ExportTraceServiceRequest()
    group = made.resource_spans.add(resource=Resource(attributes=pairs(resource or {})))
    told = group.scope_spans.add()
    told.scope.name = scope
    told.spans.extend(spans)
    return made


def logs(
    records: list[LogRecord], resource: Mapping[str, object] | None = None, scope: str = "raw"
) -> ExportLogsServiceRequest:
    """Log records in one request."""
    made = ExportLogsServiceRequest()
    group = made.resource_logs.add(resource=Resource(attributes=pairs(resource or {})))
    told = group.scope_logs.add()
    told.scope.name = scope
    told.log_records.extend(records)
    return made


def metrics(resource: Mapping[str, object], *told: Any) -> ExportMetricsServiceRequest:
    """OTel metrics in one request."""
    made = ExportMetricsServiceRequest()
    group = made.resource_metrics.add(resource=Resource(attributes=pairs(resource)))
    inside = group.scope_metrics.add()
    inside.scope.name = "raw"
    inside.metrics.extend(told)
    return made


# ── JSON as the JavaScript SDK writes it ────────────────────────────────────────────────────────


def js_value(value: AnyValue) -> dict[str, Any]:
    """A value: 64-bit integers as numbers, as JavaScript has them."""
    which = value.WhichOneof("value")
    if which is None:
        return {}
    if which == "int_value":
        return {"intValue": value.int_value}
    if which == "double_value":
        number = value.double_value
        special = "NaN" if math.isnan(number) else f"{'-' * (number < 0)}Infinity"
        return {"doubleValue": number if math.isfinite(number) else special}
    if which == "array_value":
        return {"arrayValue": {"values": [js_value(item) for item in value.array_value.values]}}
    if which == "kvlist_value":
        return {"kvlistValue": {"values": js_pairs(value.kvlist_value.values)}}
    if which == "bytes_value":
        return {"bytesValue": base64.b64encode(value.bytes_value).decode()}
    return {which.replace("_v", "V"): getattr(value, which)}


def js_pairs(told: Any) -> list[dict[str, Any]]:
    """Attributes."""
    return [{"key": pair.key, "value": js_value(pair.value)} for pair in told]


def js_traces(request: ExportTraceServiceRequest) -> bytes:
    """A trace request: hex ids, times as strings, flags with the remote bits (257)."""
    return _js(
        "resourceSpans", request.resource_spans, "scopeSpans", lambda group: group.scope_spans,
        "spans", lambda scope: [_js_span(item) for item in scope.spans],
    )  # fmt: skip


def js_logs(request: ExportLogsServiceRequest) -> bytes:
    """A log request: `body: {}` where there is no body."""
    return _js(
        "resourceLogs", request.resource_logs, "scopeLogs", lambda group: group.scope_logs,
        "logRecords", lambda scope: [_js_record(item) for item in scope.log_records],
    )  # fmt: skip


def _js(group_key: str, groups: Any, scope_key: str, scopes: Any, key: str, items: Any) -> bytes:
    told = [
        {
            "resource": {
                "attributes": js_pairs(group.resource.attributes),
                "droppedAttributesCount": 0,
            },
            scope_key: [
                {"scope": {"name": scope.scope.name, "version": "1.0"}, key: items(scope)}
                for scope in scopes(group)
            ],
        }
        for group in groups
    ]
    return json.dumps({group_key: told}).encode()


def _js_span(item: Span) -> dict[str, Any]:
    made: dict[str, Any] = {
        "traceId": item.trace_id.hex(),
        "spanId": item.span_id.hex(),
        "name": item.name,
        "kind": item.kind,
        "startTimeUnixNano": str(item.start_time_unix_nano),
        "endTimeUnixNano": str(item.end_time_unix_nano),
        "attributes": js_pairs(item.attributes),
        "droppedAttributesCount": 0,
        "events": [
            {
                "name": told.name,
                "timeUnixNano": str(told.time_unix_nano),
                "attributes": js_pairs(told.attributes),
                "droppedAttributesCount": 0,
            }
            for told in item.events
        ],
        "droppedEventsCount": 0,
        "status": {"code": item.status.code},
        "links": [],
        "droppedLinksCount": 0,
        "flags": 257,
    }
    if item.parent_span_id:
        made["parentSpanId"] = item.parent_span_id.hex()
    return made


def _js_record(item: LogRecord) -> dict[str, Any]:
    made: dict[str, Any] = {
        "timeUnixNano": str(item.time_unix_nano),
        "observedTimeUnixNano": str(item.observed_time_unix_nano),
        "severityNumber": item.severity_number,
        "body": js_value(item.body),
        "eventName": item.event_name,
        "attributes": js_pairs(item.attributes),
        "droppedAttributesCount": 0,
    }
    if item.trace_id:
        made |= {"traceId": item.trace_id.hex(), "spanId": item.span_id.hex(), "flags": 1}
    return made
