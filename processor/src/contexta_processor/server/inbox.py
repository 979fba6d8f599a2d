"""Files instead of a connection: `inbox/` of the data directory, and `contexta import`.

Every request in a file (`otlp_files.py`) goes the same way as one from a door: check, set aside, append. A file is moved to
`inbox/taken/` once all of it is durable; one that was taken half before a crash is taken again, which changes nothing: evidence is a set.
"""

import os
import stat
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from contexta_processor.base.data_dir import DataDir
from contexta_processor.base.durably import fsync_directory
from contexta_processor.base.errors import ContextaError
from contexta_processor.base.quarantine import SetAside
from contexta_processor.base.signal import Signal
from contexta_processor.receive.counters import Counters
from contexta_processor.receive.overload import Unavailable
from contexta_processor.receive.wellformed import Checked
from contexta_processor.server.otlp_files import requests_in

_POLL_SECONDS = 0.25
_LONGEST_STEM, _LONGEST_SUFFIX = 50, 10
"""Of a name that is numbered, in characters of up to four bytes: a file system takes 255 bytes."""

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
    waiting: dict[Path, str] = field(default_factory=dict[Path, str])
    """Files that could not be read or moved, and why; they are tried again each time."""


def _always() -> bool:
    return True


def take_inbox(
    data_dir: DataDir,
    append: Append,
    set_aside: Aside,
    *,
    go_on: Callable[[], bool] = _always,
    taken_before: dict[Path, tuple[int, ...]] | None = None,
) -> TakenReport:
    """Take every finished file of the inbox, oldest name first, and move it to `inbox/taken/`.

    go_on: asked before each request; may wait, and says False to stop there. What is left of the file is taken next time.
    taken_before: files that were taken and could not be moved, kept by who asks again and again: they are only moved.
    Whoever calls holds the directory lock. Raises: Unavailable where the journal takes no more for now.
    """
    report = TakenReport()
    unmoved = {} if taken_before is None else taken_before
    for path in _finished(data_dir.inbox):
        try:
            version = _version(path)
            if unmoved.get(path) != version:
                if not _take(path, append, set_aside, report, None, go_on):
                    break
                unmoved[path] = version
            _move(path, data_dir.taken)
            del unmoved[path]
        except OSError as error:  # one file that can't be read must not hold back the others
            report.waiting[path] = error.strerror or str(error)
    return report


def _version(path: Path) -> tuple[int, ...]:
    """What tells a file from another one that takes its name later."""
    status = path.stat()
    return status.st_ino, status.st_size, status.st_mtime_ns


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
    _take(path, append, set_aside, report, signal, _always)
    return report


class InboxWatch:
    """Takes what arrives in the inbox, on a thread of its own.

    crowded: whether files should wait, since reconstruction is behind; who sends over the network can't.
    """

    def __init__(
        self,
        data_dir: DataDir,
        append: Append,
        set_aside: Aside,
        counters: Counters,
        say: Callable[[str], None],
        crowded: Callable[[], bool],
    ) -> None:
        self._data_dir = data_dir
        self._append = append
        self._set_aside = set_aside
        self._counters = counters
        self._say = say
        self._crowded = crowded
        self._said = ""
        self._unmoved: dict[Path, tuple[int, ...]] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True, name="inbox")

    def start(self) -> None:
        """Look from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the request at hand; what is left of its file is taken at the next start."""
        self._stopping.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stopping.wait(_POLL_SECONDS):
            try:
                report = take_inbox(
                    self._data_dir,
                    self._append,
                    self._set_aside,
                    go_on=self._go_on,
                    taken_before=self._unmoved,
                )
            except (Unavailable, OSError) as error:
                self._complain(f"the inbox waits: {error}")
                continue
            if report.files:
                self._said = ""
                self._counters.add("inbox_files", len(report.files))
                self._say(
                    f"took {len(report.files)} files from the inbox: {report.items} items, {report.rejected} rejected"
                )
            for path, why in report.waiting.items():
                self._complain(f"{path.name} waits in the inbox: {why}")

    def _go_on(self) -> bool:
        """Wait until there is room; False where the server stops."""
        while self._crowded() and not self._stopping.wait(_POLL_SECONDS):
            pass
        return not self._stopping.is_set()

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
    path: Path,
    append: Append,
    set_aside: Aside,
    report: TakenReport,
    signal: Signal | None,
    go_on: Callable[[], bool],
) -> bool:
    """Whether all of the file was taken."""
    with path.open("rb") as file:
        for kind, checked in requests_in(file, path.name, signal):
            if not go_on():
                return False
            _keep(kind, checked, append, set_aside, report)
    report.files.append(path)
    return True


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


def _move(path: Path, taken: Path) -> None:
    taken.mkdir(exist_ok=True)
    target, number = taken / path.name, 1
    while target.exists():
        target = taken / f"{path.stem[:_LONGEST_STEM]}.{number}{path.suffix[:_LONGEST_SUFFIX]}"
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
