"""Mending one damaged message: bad text becomes U+FFFD, values nested too deep are cut.

Walks the wire format with a stack of its own, so no nesting can overflow anything.
"""

from dataclasses import dataclass
from typing import cast

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import DecodeError, Message

from contexta_processor.base.quarantine import Reason
from contexta_processor.receive.wire import (
    BYTES,
    Damaged,
    encode_varint,
    read_tag,
    read_varint,
    skip_value,
)

MAX_VALUE_DEPTH = 32
"""How many `AnyValue`s may be inside each other; what is below is left out."""

_VALUE = "opentelemetry.proto.common.v1.AnyValue"


@dataclass(frozen=True, slots=True)
class Mended:
    """A message that parses again, and what had to be done for it."""

    body: bytes
    reasons: tuple[Reason, ...]


def mend(kind: type[Message], data: bytes) -> Mended | None:
    """`data`, which the native parser refuses, as a message of `kind` that it takes; None where its structure is broken."""
    try:
        body, reasons = _walk(cast("Descriptor", kind.DESCRIPTOR), data)
    except Damaged:
        return None
    return Mended(body, tuple(sorted(reasons))) if parses(kind, body) else None


def parses(kind: type[Message], data: bytes) -> bool:
    """Whether the native parser takes `data` as a message of `kind`."""
    try:
        kind.FromString(data)
    except DecodeError:
        return False
    return True


class _Open:
    """A message that is being walked."""

    __slots__ = ("depth", "descriptor", "end", "out", "position", "tag")

    def __init__(
        self, descriptor: Descriptor, position: int, end: int, tag: bytes, depth: int
    ) -> None:
        self.descriptor = descriptor
        self.position = position
        self.end = end
        self.tag = tag
        self.depth = depth + (descriptor.full_name == _VALUE)
        self.out: list[bytes] = []


def _walk(descriptor: Descriptor, data: bytes) -> tuple[bytes, set[Reason]]:
    reasons: set[Reason] = set()
    stack = [_Open(descriptor, 0, len(data), b"", 0)]
    while True:
        top = stack[-1]
        if top.position == top.end:
            payload = b"".join(top.out)
            stack.pop()
            if not stack:
                return payload, reasons
            stack[-1].out.append(top.tag + encode_varint(len(payload)) + payload)
            continue
        inner = _next_field(top, data, reasons)
        if inner is not None:
            stack.append(inner)


def _next_field(top: _Open, data: bytes, reasons: set[Reason]) -> _Open | None:
    """Copy the next field of `top`, or give the message in it, to be walked first."""
    start = top.position
    number, wire_type, position = read_tag(data, start, top.end)
    top.position = skip_value(data, position, top.end, number, wire_type)
    field = top.descriptor.fields_by_number.get(number)
    if wire_type != BYTES or field is None:
        top.out.append(data[start : top.position])
        return None
    tag = data[start:position]
    content = read_varint(data, position, top.end)[1]
    if field.type == FieldDescriptor.TYPE_MESSAGE and field.message_type is not None:
        inner = _Open(field.message_type, content, top.position, tag, top.depth)
        if inner.depth <= MAX_VALUE_DEPTH:
            return inner
        reasons.add(Reason.NESTED_TOO_DEEP)
        top.out.append(tag + b"\x00")
    elif field.type == FieldDescriptor.TYPE_STRING:
        top.out.append(_text(data, start, content, top.position, tag, reasons))
    else:
        top.out.append(data[start : top.position])
    return None


def _text(
    data: bytes, start: int, content: int, end: int, tag: bytes, reasons: set[Reason]
) -> bytes:
    try:
        data[content:end].decode("utf-8")
    except UnicodeDecodeError:
        reasons.add(Reason.INVALID_UTF8)
        text = data[content:end].decode("utf-8", "replace").encode()
        return tag + encode_varint(len(text)) + text
    return data[start:end]
