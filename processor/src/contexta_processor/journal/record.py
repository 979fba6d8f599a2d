"""One journal record: its header, its checksum, and how it is recognised."""

import struct
import zlib
from dataclasses import dataclass

from contexta_processor.base.signal import Signal

MAGIC = b"CXJ1"
HEADER = struct.Struct("<4sIIIB3xQ")
HEADER_SIZE = HEADER.size
MAX_BODY_BYTES = 0xFFFF_FFFF
_CHECKED = struct.Struct("<QIIBQ")
_SIGNALS = {signal.value: signal for signal in Signal}


@dataclass(frozen=True, slots=True)
class Record:
    """One record as read: where it was, where the next one is, and what it holds."""

    position: int
    """Logical byte offset of the record's first byte over all segments."""
    next_position: int
    signal: Signal
    received_at_ns: int
    """Unix time; bookkeeping only."""
    body: bytes


@dataclass(frozen=True, slots=True)
class Header:
    """The fixed part of a record, whose own checksum fitted its position."""

    length: int
    body_crc: int
    signal: Signal
    received_at_ns: int


def encode_header(
    position: int, signal: Signal, received_at_ns: int, length: int, body_crc: int
) -> bytes:
    """The header of a record at `position` whose body has this length and CRC-32."""
    crc = _checksum(position, length, body_crc, signal, received_at_ns)
    return HEADER.pack(MAGIC, length, crc, body_crc, signal, received_at_ns)


def decode_header(data: bytes | memoryview, offset: int, position: int) -> Header | None:
    """The header at `offset` of `data`, if one that was written at `position` is there, else None."""
    if len(data) - offset < HEADER_SIZE:
        return None
    magic, length, crc, body_crc, signal, received_at_ns = HEADER.unpack_from(data, offset)
    if magic != MAGIC or signal not in _SIGNALS:
        return None
    if crc != _checksum(position, length, body_crc, signal, received_at_ns):
        return None
    return Header(length, body_crc, _SIGNALS[signal], received_at_ns)


def _checksum(position: int, length: int, body_crc: int, signal: int, received_at_ns: int) -> int:
    return zlib.crc32(_CHECKED.pack(position, length, body_crc, signal, received_at_ns))


def to_record(header: Header, position: int, body: bytes) -> Record:
    """The record of a header and the body that fits it."""
    return Record(
        position,
        position + HEADER_SIZE + header.length,
        header.signal,
        header.received_at_ns,
        body,
    )
