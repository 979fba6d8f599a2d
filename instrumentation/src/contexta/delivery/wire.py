"""Protobuf as bytes: the few writing and reading steps that OTLP needs.

Written here rather than taken from protobuf because it runs beside a training loop: no message
objects, keys encoded once, and no protobuf version of ours in the job's environment.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

VARINT: Final = 0
FIXED64: Final = 1
LENGTH: Final = 2
FIXED32: Final = 5

_fixed64: Final = struct.Struct("<Q").pack
_fixed32: Final = struct.Struct("<I").pack
_double: Final = struct.Struct("<d").pack
_SMALL: Final = tuple(bytes((number,)) for number in range(128))


def varint(number: int) -> bytes:
    """An unsigned number; a negative one as the 64-bit two's complement, as protobuf has it."""
    if 0 <= number < 128:
        return _SMALL[number]
    number &= 0xFFFF_FFFF_FFFF_FFFF
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def tag(field: int, wire_type: int) -> bytes:
    """The key in front of a field."""
    return varint(field << 3 | wire_type)


def fixed64(number: int) -> bytes:
    """Eight bytes, little endian; what does not fit (a time before 1970) becomes 0."""
    return _fixed64(number if 0 <= number < 1 << 64 else 0)


def fixed32(number: int) -> bytes:
    """Four bytes, little endian."""
    return _fixed32(number)


def double(number: float) -> bytes:
    """An IEEE double; NaN and ±Inf as they are."""
    return _double(number)


def lengthed(prefix: bytes, payload: bytes) -> bytes:
    """A string, bytes or message field: `prefix` is its tag."""
    return prefix + varint(len(payload)) + payload


def utf8(value: str) -> bytes:
    """UTF-8 that is always legal: a lone surrogate is escaped instead of failing the batch."""
    try:
        return value.encode("utf-8")
    except UnicodeEncodeError:
        return value.encode("utf-8", "backslashreplace")


def read_varint(data: bytes, at: int) -> tuple[int, int]:
    """The number at `at` and the position behind it. Raises: ValueError if it is cut short."""
    number = shift = 0
    while at < len(data) and shift < 70:
        byte = data[at]
        at += 1
        number |= (byte & 127) << shift
        if byte < 128:
            return number, at
        shift += 7
    raise ValueError("cut protobuf number")


def fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """The (field number, value) pairs of one message; fixed-width values come as their bytes.

    Raises: ValueError if the message is damaged.
    """
    at = 0
    while at < len(data):
        key, at = read_varint(data, at)
        kind = key & 7
        if kind == VARINT:
            number, at = read_varint(data, at)
            yield key >> 3, number
            continue
        if kind == LENGTH:
            size, at = read_varint(data, at)
        elif kind in (FIXED64, FIXED32):
            size = 8 if kind == FIXED64 else 4
        else:
            raise ValueError(f"unknown protobuf wire type {kind}")
        if at + size > len(data):
            raise ValueError("cut protobuf field")
        yield key >> 3, data[at : at + size]
        at += size
