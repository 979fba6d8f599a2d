"""Queue items → an OTLP export request in protobuf, off the calling thread.

A request is resource → instrumentation scope → spans or log records; each level is built once for
the items that share it. Field numbers are those of opentelemetry-proto 1.x.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Final, cast

from contexta.delivery.items import Item, LogItem, SpanItem, attributes_of
from contexta.delivery.segments import RecordedEvent
from contexta.delivery.wire import (
    FIXED32,
    FIXED64,
    LENGTH,
    VARINT,
    double,
    fixed32,
    fixed64,
    lengthed,
    tag,
    utf8,
    varint,
)

if TYPE_CHECKING:
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import Event, ReadableSpan
    from opentelemetry.sdk.util.instrumentation import InstrumentationScope
    from opentelemetry.trace import Link, SpanContext

_F1, _F2, _F3, _F4, _F5, _F6, _F7 = (tag(field, LENGTH) for field in range(1, 8))
_F9, _F10, _F11, _F12, _F13, _F15 = (tag(field, LENGTH) for field in (9, 10, 11, 12, 13, 15))
_BOOL, _INT, _DOUBLE = tag(2, VARINT), tag(3, VARINT), tag(4, FIXED64)
_INT64: Final = range(-(2**63), 2**63)

Value = object


def encode(items: Sequence[Item]) -> bytes:
    """One export request of items of one signal."""
    request: list[bytes] = []
    for resource, by_scope in _grouped(items).items():
        body = [lengthed(_F1, _resource(resource))]
        for scope, members in by_scope.items():
            body.append(lengthed(_F2, _scope_group(scope, members)))
        if resource.schema_url:
            body.append(lengthed(_F3, utf8(resource.schema_url)))
        request.append(lengthed(_F1, b"".join(body)))
    return b"".join(request)


def _grouped(
    items: Iterable[Item],
) -> dict[Resource, dict[InstrumentationScope | None, list[Item]]]:
    groups: dict[Resource, dict[InstrumentationScope | None, list[Item]]] = {}
    for item in items:
        groups.setdefault(item.resource, {}).setdefault(item.scope, []).append(item)
    return groups


@lru_cache(maxsize=8)
def _resource(resource: Resource) -> bytes:
    return attributes(_F1, attributes_of(resource))


def _scope_group(scope: InstrumentationScope | None, items: Iterable[Item]) -> bytes:
    body: list[bytes] = []
    if scope is not None:
        body.append(lengthed(_F1, _scope(scope)))
    body += [lengthed(_F2, encode_item(item)) for item in items]
    if scope is not None and scope.schema_url:
        body.append(lengthed(_F3, utf8(scope.schema_url)))
    return b"".join(body)


def _scope(scope: InstrumentationScope) -> bytes:
    body = lengthed(_F1, utf8(scope.name))
    if scope.version:
        body += lengthed(_F2, utf8(scope.version))
    return body + attributes(_F3, cast("Mapping[str, Value]", scope.attributes or {}))


def encode_item(item: Item) -> bytes:
    """One span or one log record, without its surroundings."""
    return _span(item) if isinstance(item, SpanItem) else _log_record(item)


def _span(item: SpanItem) -> bytes:
    span = item.span
    context = cast("SpanContext", span.get_span_context())
    body = [
        lengthed(_F1, context.trace_id.to_bytes(16, "big")),
        lengthed(_F2, context.span_id.to_bytes(8, "big")),
        lengthed(_F5, utf8(span.name)),
        _SPAN_KIND + varint(span.kind.value + 1),
        _SPAN_START + fixed64(span.start_time or 0),
        _SPAN_END + fixed64(span.end_time or 0),
        attributes(_F9, cast("Mapping[str, Value]", span.attributes or {})),
        attributes(_F9, item.added),
        *(lengthed(_F11, _event(event)) for event in span.events),
        *(lengthed(_F11, _recorded(event)) for event in item.events),
        *(lengthed(_F13, _link(link)) for link in span.links),
        lengthed(_F15, _status(span)),
        _SPAN_FLAGS + fixed32(_flags(context, span.parent)),
    ]
    if span.parent is not None:
        body.append(lengthed(_F4, span.parent.span_id.to_bytes(8, "big")))
    if context.trace_state:
        body.append(lengthed(_F3, utf8(context.trace_state.to_header())))
    dropped = (span.dropped_attributes, span.dropped_events, span.dropped_links)
    body += [
        key + varint(count) for key, count in zip(_SPAN_DROPPED, dropped, strict=True) if count
    ]
    return b"".join(body)


_SPAN_KIND, _SPAN_START, _SPAN_END = tag(6, VARINT), tag(7, FIXED64), tag(8, FIXED64)
_SPAN_FLAGS = tag(16, FIXED32)
_SPAN_DROPPED = (tag(10, VARINT), tag(12, VARINT), tag(14, VARINT))
_HAS_IS_REMOTE, _IS_REMOTE = 0x100, 0x200


def _flags(context: SpanContext, parent: SpanContext | None) -> int:
    remote = _IS_REMOTE if parent is not None and parent.is_remote else 0
    return int(context.trace_flags) & 0xFF | _HAS_IS_REMOTE | remote


def _event(event: Event) -> bytes:
    body = (
        _EVENT_TIME
        + fixed64(event.timestamp)
        + lengthed(_F2, utf8(event.name))
        + attributes(_F3, cast("Mapping[str, Value]", event.attributes or {}))
    )
    return (
        body + _EVENT_DROPPED + varint(event.dropped_attributes)
        if event.dropped_attributes
        else body
    )


def _recorded(event: RecordedEvent) -> bytes:
    named = _EVENT_TIME + fixed64(event.at_ns) + lengthed(_F2, utf8(event.name))
    return named + attributes(_F3, event.attributes)


_EVENT_TIME, _EVENT_DROPPED = tag(1, FIXED64), tag(4, VARINT)


def _link(link: Link) -> bytes:
    return (
        lengthed(_F1, link.context.trace_id.to_bytes(16, "big"))
        + lengthed(_F2, link.context.span_id.to_bytes(8, "big"))
        + attributes(_F4, cast("Mapping[str, Value]", link.attributes or {}))
    )


def _status(span: ReadableSpan) -> bytes:
    code = span.status.status_code.value
    body = lengthed(_F2, utf8(span.status.description)) if span.status.description else b""
    return body + _STATUS_CODE + varint(code) if code else body


_STATUS_CODE = tag(3, VARINT)


def _log_record(item: LogItem) -> bytes:
    record = item.record.log_record
    body = [
        _LOG_TIME + fixed64(record.timestamp or 0),
        _LOG_OBSERVED + fixed64(record.observed_timestamp or 0),
        attributes(_F6, cast("Mapping[str, Value]", record.attributes or {})),
    ]
    if record.severity_number is not None:
        body.append(_LOG_SEVERITY + varint(record.severity_number.value))
    if record.severity_text:
        body.append(lengthed(_F3, utf8(record.severity_text)))
    if record.body is not None:
        body.append(lengthed(_F5, any_value(record.body)))
    if record.trace_id:
        body.append(lengthed(_F9, record.trace_id.to_bytes(16, "big")))
        body.append(_LOG_FLAGS + fixed32(int(record.trace_flags or 0) & 0xFF))
    if record.span_id:
        body.append(lengthed(_F10, record.span_id.to_bytes(8, "big")))
    if record.event_name:
        body.append(lengthed(_F12, utf8(record.event_name)))
    if item.record.dropped_attributes:
        body.append(_LOG_DROPPED + varint(item.record.dropped_attributes))
    return b"".join(body)


_LOG_TIME, _LOG_OBSERVED = tag(1, FIXED64), tag(11, FIXED64)
_LOG_SEVERITY, _LOG_DROPPED, _LOG_FLAGS = tag(2, VARINT), tag(7, VARINT), tag(8, FIXED32)


def attributes(prefix: bytes, values: Mapping[str, Value]) -> bytes:
    """Repeated KeyValue fields behind `prefix`."""
    if not values:
        return b""
    parts: list[bytes] = []
    for key, value in values.items():
        if type(value) is str and len(value) <= 64:
            parts.append(_known_text(prefix, key, value))
        else:
            parts.append(lengthed(prefix, _key(key) + lengthed(_F2, any_value(value))))
    return b"".join(parts)


@lru_cache(maxsize=4096)
def _known_text(prefix: bytes, key: str, value: str) -> bytes:
    """Addresses, names and units repeat in every event: encoded once."""
    return lengthed(prefix, _key(key) + lengthed(_F2, lengthed(_F1, utf8(value))))


@lru_cache(maxsize=2048)
def _key(key: str) -> bytes:
    return lengthed(_F1, utf8(key))


def any_value(value: Value) -> bytes:
    """One AnyValue; an integer beyond 64 bits and an unknown type as text."""
    encoder = _BY_TYPE.get(type(value))
    if encoder is not None:
        return encoder(value)
    if value is None:
        return b""
    if isinstance(value, bool):
        return _bool(value)
    if isinstance(value, int):
        return _int(value)
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, bytes):
        return lengthed(_F7, value)
    if isinstance(value, Mapping):
        return lengthed(_F6, attributes(_F1, cast("Mapping[str, Value]", value)))
    if isinstance(value, Sequence) and not isinstance(value, str):
        return _array(cast("Sequence[Value]", value))
    return _text(str(value))


def _text(value: str) -> bytes:
    return lengthed(_F1, utf8(value))


def _bool(value: bool) -> bytes:
    return _BOOL + (b"\x01" if value else b"\x00")


def _int(value: int) -> bytes:
    return _INT + varint(value) if value in _INT64 else _text(str(value))


def _float(value: float) -> bytes:
    return _DOUBLE + double(value)


def _array(values: Iterable[Value]) -> bytes:
    return lengthed(_F5, b"".join([lengthed(_F1, any_value(item)) for item in values]))


_BY_TYPE: Final[dict[type, Callable[..., bytes]]] = {
    str: _text,
    bool: _bool,
    int: _int,
    float: _float,
    tuple: _array,
    list: _array,
}
