"""Journal records to evidence columns: the fast decoder, and the plain one where it must decide."""

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, TypeVar

from google.protobuf.message import DecodeError

from contexta_processor.base.signal import Signal
from contexta_processor.reconstruct.attribute_columns import Unusual
from contexta_processor.reconstruct.columns import Decoded
from contexta_processor.reconstruct.decode_native import decode_requests_of
from contexta_processor.reconstruct.decode_plain import decode_record


class SignalRecord(Protocol):
    """What is needed of a journal record."""

    @property
    def signal(self) -> Signal: ...

    @property
    def body(self) -> bytes: ...


R = TypeVar("R", bound=SignalRecord)

_CHUNK_BYTES = 6 * 1024 * 1024
"""Decoded at a time: larger chunks leave the processor's caches and cost up to twice as much a span."""


def decode(records: Sequence[R], undecodable: Callable[[R, str], None]) -> Decoded:
    """Evidence of many records; one that cannot be decoded at all goes to `undecodable(record, why)`."""
    parts: list[Decoded] = []
    for signal in (Signal.TRACES, Signal.LOGS, Signal.METRICS):
        of_signal = [record for record in records if record.signal is signal]
        for chunk in _chunks(of_signal):
            parts.extend(_decode_signal(signal, chunk, undecodable))
    return Decoded.concat(parts)


def _chunks(records: list[R]) -> Iterator[list[R]]:
    """The records in order, in chunks of about `_CHUNK_BYTES`."""
    chunk: list[R] = []
    size = 0
    for record in records:
        chunk.append(record)
        size += len(record.body)
        if size >= _CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _decode_signal(
    signal: Signal, records: list[R], undecodable: Callable[[R, str], None]
) -> list[Decoded]:
    if signal is not Signal.METRICS:
        try:
            return [decode_requests_of(signal, [record.body for record in records])]
        except Exception as error:
            # The native decoder says what it could not do in several exception types of its own;
            # whatever it was, halving finds the record, and the plain decoder has the last word.
            if len(records) > 1 and not isinstance(error, MemoryError):
                half = len(records) // 2
                return [
                    *_decode_signal(signal, records[:half], undecodable),
                    *_decode_signal(signal, records[half:], undecodable),
                ]
    parts: list[Decoded] = []
    for record in records:
        try:
            parts.append(decode_record(signal, record.body))
        except DecodeError as error:
            undecodable(record, str(error))
    return parts


__all__ = ["SignalRecord", "Unusual", "decode"]
