"""OTLP for the native decoder: the same wire numbers, with everything recursive or shared as bytes.

The real schema is recursive (a value holds lists of values), which columns cannot be. On the wire a
sub-message and a byte string look alike, so here nested values, resources, scopes and links are
declared `bytes`: each distinct one is decoded once, by the ordinary protobuf library.
"""

from functools import cache
from typing import Any

import pyarrow as pa
from google.protobuf import descriptor_pb2, descriptor_pool
from ptars import HandlerPool

from contexta_processor.base.signal import Signal

_PACKAGE = "contexta.shadow"
_KINDS = {
    "string": descriptor_pb2.FieldDescriptorProto.TYPE_STRING,
    "bytes": descriptor_pb2.FieldDescriptorProto.TYPE_BYTES,
    "bool": descriptor_pb2.FieldDescriptorProto.TYPE_BOOL,
    "int32": descriptor_pb2.FieldDescriptorProto.TYPE_INT32,
    "int64": descriptor_pb2.FieldDescriptorProto.TYPE_INT64,
    "uint32": descriptor_pb2.FieldDescriptorProto.TYPE_UINT32,
    "fixed64": descriptor_pb2.FieldDescriptorProto.TYPE_FIXED64,
    "double": descriptor_pb2.FieldDescriptorProto.TYPE_DOUBLE,
}

# message → field → (number, type); a type that is a message name is that message, [] means repeated.
_MESSAGES: dict[str, dict[str, tuple[int, str]]] = {
    "AnyValue": {
        "string_value": (1, "string"),
        "bool_value": (2, "bool"),
        "int_value": (3, "int64"),
        "double_value": (4, "double"),
        "array_value": (5, "bytes"),
        "kvlist_value": (6, "bytes"),
        "bytes_value": (7, "bytes"),
    },
    "KeyValue": {"key": (1, "string"), "value": (2, "AnyValue")},
    "Event": {
        "time_unix_nano": (1, "fixed64"),
        "name": (2, "string"),
        "attributes": (3, "KeyValue[]"),
        "dropped_attributes_count": (4, "uint32"),
    },
    "Status": {"message": (2, "string"), "code": (3, "int32")},
    "Span": {
        "trace_id": (1, "bytes"),
        "span_id": (2, "bytes"),
        "trace_state": (3, "string"),
        "parent_span_id": (4, "bytes"),
        "name": (5, "string"),
        "kind": (6, "int32"),
        "start_time_unix_nano": (7, "fixed64"),
        "end_time_unix_nano": (8, "fixed64"),
        "attributes": (9, "KeyValue[]"),
        "dropped_attributes_count": (10, "uint32"),
        "events": (11, "Event[]"),
        "dropped_events_count": (12, "uint32"),
        "links": (13, "bytes[]"),
        "dropped_links_count": (14, "uint32"),
        "status": (15, "Status"),
    },
    "ScopeSpans": {"scope": (1, "bytes"), "items": (2, "Span[]"), "schema_url": (3, "string")},
    "ResourceSpans": {
        "resource": (1, "bytes"),
        "scopes": (2, "ScopeSpans[]"),
        "schema_url": (3, "string"),
    },
    "TracesRequest": {"resources": (1, "ResourceSpans[]")},
    "LogRecord": {
        "time_unix_nano": (1, "fixed64"),
        "severity_number": (2, "int32"),
        "severity_text": (3, "string"),
        "body": (5, "AnyValue"),
        "attributes": (6, "KeyValue[]"),
        "dropped_attributes_count": (7, "uint32"),
        "trace_id": (9, "bytes"),
        "span_id": (10, "bytes"),
        "observed_time_unix_nano": (11, "fixed64"),
        "event_name": (12, "string"),
    },
    "ScopeLogs": {"scope": (1, "bytes"), "items": (2, "LogRecord[]"), "schema_url": (3, "string")},
    "ResourceLogs": {
        "resource": (1, "bytes"),
        "scopes": (2, "ScopeLogs[]"),
        "schema_url": (3, "string"),
    },
    "LogsRequest": {"resources": (1, "ResourceLogs[]")},
}
_ONEOF = "AnyValue"
_ROOTS = {Signal.TRACES: "TracesRequest", Signal.LOGS: "LogsRequest"}


def _file() -> descriptor_pb2.FileDescriptorProto:
    file = descriptor_pb2.FileDescriptorProto(
        name="contexta/shadow.proto", package=_PACKAGE, syntax="proto3"
    )
    for message_name, fields in _MESSAGES.items():
        message = file.message_type.add(name=message_name)
        if message_name == _ONEOF:
            message.oneof_decl.add(name="value")
        for field_name, (number, kind) in fields.items():
            repeated = kind.endswith("[]")
            base = kind.removesuffix("[]")
            field = message.field.add(name=field_name, number=number)
            field.label = field.LABEL_REPEATED if repeated else field.LABEL_OPTIONAL
            if base in _KINDS:
                field.type = _KINDS[base]
            else:
                field.type = field.TYPE_MESSAGE
                field.type_name = f".{_PACKAGE}.{base}"
            if message_name == _ONEOF:
                field.oneof_index = 0
    return file


@cache
def _handler(signal: Signal) -> Any:
    pool = descriptor_pool.DescriptorPool()
    pool.Add(_file())  # pyright: ignore[reportUnknownMemberType] — untyped in types-protobuf
    descriptor = pool.FindMessageTypeByName(f"{_PACKAGE}.{_ROOTS[signal]}")
    return HandlerPool([descriptor.file]).get_for_message(descriptor)


def decode_requests(signal: Signal, bodies: list[bytes]) -> pa.RecordBatch:
    """One row per request, nested as in `_MESSAGES`.

    Raises: whatever the native decoder raises on bytes that are not such a request.
    """
    return _handler(signal).list_to_record_batch(bodies)
