"""Files instead of a connection: `inbox/` of the data directory, and `contexta import`.

A file holds OTLP export requests one after another, in one of three framings, told from name and first byte:

    *.jsonl, *.json      one OTLP/JSON request a line (what a Collector's file exporter writes), or one in the whole file
    anything else        protobuf, each request behind its length: as a varint (ours), or in four bytes, big-endian (the Collector's)

The signal is in the name (`.traces.`, `.logs.`, `.metrics.`) or, where it isn't, told from the content. Every request goes the same way as one
from a door: check, set aside, append. A file is moved to `inbox/taken/` once all of it is durable; one that was taken half before a crash is
taken again, which changes nothing: evidence is a set.
"""

import json
import os
import stat
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from contexta_processor.base.data_dir import DataDir
from contexta_processor.base.errors import ContextaError
from contexta_processor.base.quarantine import Reason, SetAside
from contexta_processor.base.signal import Signal
from contexta_processor.journal.repair import fsync_directory
from contexta_processor.receive.counters import Counters
from contexta_processor.receive.json_otlp import check_json
from contexta_processor.receive.overload import Unavailable
from contexta_processor.receive.wellformed import Checked, check
from contexta_processor.receive.wire import Damaged, read_varint

MAX_MESSAGE_BYTES = 64 * 1024 * 1024
_POLL_SECONDS = 0.25
_JSON_SUFFIXES = frozenset({".jsonl", ".json", ".ndjson"})
_SIGNALS = (Signal.TRACES, Signal.LOGS, Signal.METRICS)
_JSON_KEYS = {
    "resourceSpans": Signal.TRACES,
    "resourceLogs": Signal.LOGS,
    "resourceMetrics": Signal.METRICS,
}

Append = Callable[[Signal, bytes], object]
Aside = Callable[[SetAside], object]


@dataclass
class TakenReport:
    """What came out of the files."""

    files: list[Path] = field(default_factory=list[Path])
    messages: int = 0
    """Requests with at least one good item."""
    items: int = 0
    rejected: int = 0
    set_aside: int = 0
    """Entries now in quarantine."""


def take_inbox(data_dir: DataDir, append: Append, set_aside: Aside) -> TakenReport:
    """Take every finished file of the inbox, oldest name first, and move it to `inbox/taken/`.

    Whoever calls holds the directory lock. Raises: Unavailable where the journal takes no more for now.
    """
    report = TakenReport()
    for path in _finished(data_dir.inbox):
        _take(path, append, set_aside, report, None)
        _move(path, data_dir.taken)
    return report


def import_file(
    path: Path, append: Append, set_aside: Aside, *, signal: Signal | None = None
) -> TakenReport:
    """Take one file, wherever it is, and leave it there.

    signal: what is in it; None: by its name, else by its content.
    Raises: ContextaError if it is no regular file, or empty; Unavailable.
    """
    try:
        status = path.stat()
    except OSError as error:
        raise _no_file(path, error.strerror or str(error)) from error
    if not stat.S_ISREG(status.st_mode):
        raise _no_file(path, "it is not a regular file")
    if status.st_size == 0:
        raise _no_file(path, "it is empty")
    report = TakenReport()
    _take(path, append, set_aside, report, signal)
    return report


class InboxWatch:
    """Takes what arrives in the inbox, on a thread of its own."""

    def __init__(
        self,
        data_dir: DataDir,
        append: Append,
        set_aside: Aside,
        counters: Counters,
        say: Callable[[str], None],
    ) -> None:
        self._data_dir = data_dir
        self._append = append
        self._set_aside = set_aside
        self._counters = counters
        self._say = say
        self._said = ""
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True, name="inbox")

    def start(self) -> None:
        """Look from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the file at hand."""
        self._stopping.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stopping.wait(_POLL_SECONDS):
            try:
                report = take_inbox(self._data_dir, self._append, self._set_aside)
            except (Unavailable, OSError) as error:
                self._complain(f"the inbox waits: {error}")
                continue
            if report.files:
                self._said = ""
                self._counters.add("inbox_files", len(report.files))
                self._say(
                    f"took {len(report.files)} files from the inbox: {report.items} items, {report.rejected} rejected"
                )

    def _complain(self, text: str) -> None:
        if text != self._said:
            self._said = text
            self._say(text)


def _finished(inbox: Path) -> list[Path]:
    try:
        with os.scandir(inbox) as entries:
            return sorted(
                Path(entry.path)
                for entry in entries
                if entry.is_file(follow_symlinks=False)
                and not entry.name.startswith(".")
                and not entry.name.endswith((".part", ".tmp"))
            )
    except FileNotFoundError:
        return []


def _take(
    path: Path, append: Append, set_aside: Aside, report: TakenReport, signal: Signal | None
) -> None:
    signal = signal or _signal_of_name(path.name)
    with path.open("rb") as file:
        is_json = path.suffix.lower() in _JSON_SUFFIXES
        requests = _json_requests(file, signal) if is_json else _requests(file, signal)
        for kind, checked in requests:
            _keep(kind, checked, append, set_aside, report)
    report.files.append(path)


def _keep(
    signal: Signal, checked: Checked, append: Append, set_aside: Aside, report: TakenReport
) -> None:
    for item in checked.set_aside:
        set_aside(item)
        report.set_aside += 1
    report.rejected += checked.rejected_count
    if checked.body is not None:
        append(signal, checked.body)
        report.messages += 1
        report.items += checked.item_count


def _signal_of_name(name: str) -> Signal | None:
    parts = name.lower().split(".")
    return next((signal for signal in _SIGNALS if signal.label in parts), None)


def _requests(file: IO[bytes], signal: Signal | None) -> Iterator[tuple[Signal, Checked]]:
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


def _move(path: Path, taken: Path) -> None:
    taken.mkdir(exist_ok=True)
    target, number = taken / path.name, 1
    while target.exists():
        target = taken / f"{path.stem}.{number}{path.suffix}"
        number += 1
    path.rename(target)
    fsync_directory(taken)
    fsync_directory(path.parent)


def _no_file(path: Path, cause: str) -> ContextaError:
    return ContextaError(
        f"cannot import {path}",
        cause=cause,
        hint="contexta import takes files of OTLP requests: *.jsonl, or length-delimited protobuf",
    )
