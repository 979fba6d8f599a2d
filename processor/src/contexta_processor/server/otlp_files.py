"""OTLP export requests in a file, one after another, in one of three framings told from name and first byte.

    *.jsonl, *.json      one OTLP/JSON request a line (what a Collector's file exporter writes), or one in the whole file
    anything else        protobuf, each request behind its length: as a varint (ours), or in four bytes, big-endian (the Collector's)

The signal is in the name (`.traces.`, `.logs.`, `.metrics.`) or, where it isn't, told from the content.
"""

import json
import os
from collections.abc import Iterator
from pathlib import PurePath
from typing import IO

from contexta_processor.base.quarantine import Reason, SetAside
from contexta_processor.base.signal import Signal
from contexta_processor.receive.json_otlp import check_json
from contexta_processor.receive.wellformed import Checked, check
from contexta_processor.receive.wire import Damaged, read_varint

MAX_MESSAGE_BYTES = 64 * 1024 * 1024
_JSON_SUFFIXES = frozenset({".jsonl", ".json", ".ndjson"})
_SIGNALS = (Signal.TRACES, Signal.LOGS, Signal.METRICS)
_JSON_KEYS = {
    "resourceSpans": Signal.TRACES,
    "resourceLogs": Signal.LOGS,
    "resourceMetrics": Signal.METRICS,
}


def requests_in(
    file: IO[bytes], name: str, signal: Signal | None
) -> Iterator[tuple[Signal, Checked]]:
    """Every request of a file, checked; what is left of a torn one counts as one more, to be salvaged.

    signal: what is in it; None: by its name, else by its content.
    """
    signal = signal or _signal_of_name(name)
    if PurePath(name).suffix.lower() in _JSON_SUFFIXES:
        yield from _json_requests(file, signal)
    else:
        yield from _protobuf_requests(file, signal)


def _signal_of_name(name: str) -> Signal | None:
    parts = name.lower().split(".")
    return next((signal for signal in _SIGNALS if signal.label in parts), None)


def _protobuf_requests(file: IO[bytes], signal: Signal | None) -> Iterator[tuple[Signal, Checked]]:
    """Protobuf requests, each checked; what is left of a torn file counts as one more, to be salvaged."""
    for body in _framed(file):
        if signal is not None:
            yield signal, check(signal, body)
        elif body:
            yield _best_guess(body)


def _framed(file: IO[bytes]) -> Iterator[bytes]:
    first = file.read(1)
    file.seek(0)
    # A varint that starts with 0 is an empty request, which nobody writes; four bytes start with 0 below 16 MiB.
    read_length = _read_fixed_length if first == b"\0" else _read_varint_length
    while True:
        start = file.tell()
        length = read_length(file)
        if length is None:
            file.seek(start)
            length = MAX_MESSAGE_BYTES
        body = file.read(min(length, MAX_MESSAGE_BYTES))
        if file.tell() == start:
            return
        yield body


def _read_varint_length(file: IO[bytes]) -> int | None:
    """The next length; None where there is none, or it can't be one."""
    head = file.read(10)
    try:
        length, used = read_varint(head, 0, len(head))
    except Damaged:
        return None
    file.seek(used - len(head), os.SEEK_CUR)
    return length if length <= MAX_MESSAGE_BYTES else None


def _read_fixed_length(file: IO[bytes]) -> int | None:
    head = file.read(4)
    length = int.from_bytes(head, "big")
    return length if len(head) == 4 and length <= MAX_MESSAGE_BYTES else None


def _best_guess(body: bytes) -> tuple[Signal, Checked]:
    """The signal as which most of a request makes sense: one without a name of its own is often readable as another."""
    checked = [(signal, check(signal, body)) for signal in _SIGNALS]
    return max(
        checked, key=lambda one: (one[1].readable, -len(one[1].set_aside), one[1].item_count)
    )


def _json_requests(file: IO[bytes], signal: Signal | None) -> Iterator[tuple[Signal, Checked]]:
    for text in _json_texts(file):
        kind = signal or _signal_of_json(text)
        if kind is None:
            detail = "a line is not an OTLP/JSON request"
            note = SetAside(Signal.TRACES, Reason.INVALID_FILE, detail, text)
            yield Signal.TRACES, Checked(None, 0, 0, (note,), detail, readable=False)
        else:
            yield kind, check_json(kind, text)


def _json_texts(file: IO[bytes]) -> Iterator[bytes]:
    """The lines of the file; the whole of it where its first line is no document of its own."""
    first = file.readline(MAX_MESSAGE_BYTES)
    file.seek(0)
    if first.endswith(b"\n") and not _is_json(first):
        whole = file.read(MAX_MESSAGE_BYTES)
        if _is_json(whole):
            yield whole
            return
        file.seek(0)
    while line := file.readline(MAX_MESSAGE_BYTES):
        if line.strip():
            yield line


def _is_json(text: bytes) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _signal_of_json(text: bytes) -> Signal | None:
    return next((signal for key, signal in _JSON_KEYS.items() if f'"{key}"'.encode() in text), None)
