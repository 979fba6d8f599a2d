"""Queue items → OTLP/JSON: hex ids, 64-bit numbers as text, enumerations as integers."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from contexta.delivery.items import Item, LogItem, Signal, SpanItem, attributes_of

if TYPE_CHECKING:
    from opentelemetry.trace import SpanContext

Json: TypeAlias = dict[str, Any]


def encode_json(signal: Signal, items: Sequence[Item]) -> bytes:
    """One export request of items of one signal."""
    request = json.dumps(request_document(signal, items), ensure_ascii=False, allow_nan=False)
    return request.encode("utf-8", "backslashreplace")


def request_document(signal: Signal, items: Sequence[Item]) -> Json:
    """The same request as a document: `resourceSpans` or `resourceLogs`."""
    outer, inner, leaf = (
        ("resourceSpans", "scopeSpans", "spans")
        if signal == "traces"
        else ("resourceLogs", "scopeLogs", "logRecords")
    )
    groups: dict[Any, dict[Any, list[Item]]] = {}
    for item in items:
        groups.setdefault(item.resource, {}).setdefault(item.scope, []).append(item)
    return {
        outer: [
            {
                "resource": {"attributes": _attributes(attributes_of(resource))},
                "schemaUrl": resource.schema_url or "",
                inner: [
                    {
                        "scope": _scope(scope),
                        "schemaUrl": (scope.schema_url or "") if scope else "",
                        leaf: [_item(item) for item in members],
                    }
                    for scope, members in by_scope.items()
                ],
            }
            for resource, by_scope in groups.items()
        ]
    }


def _scope(scope: Any) -> Json:
    if scope is None:
        return {}
    named = {"name": scope.name, "version": scope.version or ""}
    return {**named, "attributes": _attributes(scope.attributes or {})}


def _item(item: Item) -> Json:
    return _span(item) if isinstance(item, SpanItem) else _log_record(item)


def _span(item: SpanItem) -> Json:
    span = item.span
    context = cast("SpanContext", span.get_span_context())
    document: Json = {
        "traceId": f"{context.trace_id:032x}",
        "spanId": f"{context.span_id:016x}",
        "traceState": context.trace_state.to_header(),
        "flags": int(context.trace_flags) & 0xFF | 0x100,
        "name": span.name,
        "kind": span.kind.value + 1,
        "startTimeUnixNano": str(span.start_time or 0),
        "endTimeUnixNano": str(span.end_time or 0),
        "attributes": _attributes({**(span.attributes or {}), **item.added}),
        "droppedAttributesCount": span.dropped_attributes,
        "events": [
            {
                "timeUnixNano": str(event.timestamp),
                "name": event.name,
                "attributes": _attributes(event.attributes or {}),
                "droppedAttributesCount": event.dropped_attributes,
            }
            for event in span.events
        ]
        + [
            {
                "timeUnixNano": str(event.at_ns),
                "name": event.name,
                "attributes": _attributes(event.attributes),
            }
            for event in item.events
        ],
        "droppedEventsCount": span.dropped_events,
        "links": [
            {
                "traceId": f"{link.context.trace_id:032x}",
                "spanId": f"{link.context.span_id:016x}",
                "attributes": _attributes(link.attributes or {}),
            }
            for link in span.links
        ],
        "droppedLinksCount": span.dropped_links,
        "status": _status(span.status.status_code.value, span.status.description),
    }
    if span.parent is not None:
        document["parentSpanId"] = f"{span.parent.span_id:016x}"
        document["flags"] |= 0x200 if span.parent.is_remote else 0
    return document


def _status(code: int, message: str | None) -> Json:
    return {"code": code, "message": message} if message else {"code": code}


def _log_record(item: LogItem) -> Json:
    record = item.record.log_record
    document: Json = {
        "timeUnixNano": str(record.timestamp or 0),
        "observedTimeUnixNano": str(record.observed_timestamp or 0),
        "attributes": _attributes(record.attributes or {}),
        "eventName": record.event_name or "",
    }
    if record.severity_number is not None:
        document["severityNumber"] = record.severity_number.value
    if record.severity_text:
        document["severityText"] = record.severity_text
    if record.body is not None:
        document["body"] = _value(record.body)
    if record.trace_id:
        document["traceId"] = f"{record.trace_id:032x}"
        document["flags"] = int(record.trace_flags or 0) & 0xFF
    if record.span_id:
        document["spanId"] = f"{record.span_id:016x}"
    return document


def _attributes(values: Mapping[str, object]) -> list[Json]:
    return [{"key": key, "value": _value(value)} for key, value in values.items()]


def _value(value: object) -> Json:
    if value is None:
        return {}
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return (
            {"intValue": str(value)} if -(2**63) <= value < 2**63 else {"stringValue": str(value)}
        )
    if isinstance(value, float):
        return {"doubleValue": _double(value)}
    if isinstance(value, bytes):
        return {"bytesValue": base64.b64encode(value).decode("ascii")}
    if isinstance(value, Mapping):
        entries = _attributes(cast("Mapping[str, object]", value))
        return {"kvlistValue": {"values": entries}}
    if isinstance(value, Sequence) and not isinstance(value, str):
        items = cast("Iterable[object]", value)
        return {"arrayValue": {"values": [_value(item) for item in items]}}
    return {"stringValue": str(value)}


def _double(value: float) -> float | str:
    """Protobuf's JSON form: what JSON has no number for is one of three words."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return value
