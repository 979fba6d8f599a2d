"""Evidence on disk: what could not be delivered waits here, whole, until somebody delivers it.

    SPOOL/                          0700; of this user
      9f2c4e01ab37/                 one destination
        destination.json            where it was meant to go (no credentials)
        01K….-37.traces.binpb       one export request, length-delimited; 37 numbered items
        .01K….-12.traces.binpb      being written; its writer holds a lock on it

A file is written by one process under a hidden name and renamed when it is whole, so a kill tears
at most the one being written. Who delivers a file holds a lock on it and removes it once it was
acknowledged; a kill between the two delivers it again, which changes nothing (evidence is a set).
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from pathlib import Path
from typing import IO, Final, cast

from contexta.base.misuse import logger, warn_once
from contexta.base.sequence import new_ulid
from contexta.delivery.destination import Destination
from contexta.delivery.items import Signal
from contexta.delivery.wire import read_varint, varint

SUFFIX: Final = ".binpb"
REFUSED: Final = ".refused"
DESTINATION: Final = "destination.json"
_LOOK_AGAIN_S: Final = 5.0
_OFF: Final = frozenset({"0", "off", "none", "false"})


def directories(chosen: str | None) -> list[Path]:
    """Where spools are, the preferred first: the one chosen, else a per-user state directory, and
    one in the temporary directory for when that cannot be written. Empty when switched off."""
    if chosen is not None:
        return [] if chosen.lower() in _OFF else [Path(chosen).expanduser().absolute()]
    found: list[Path] = []
    state = os.environ.get("XDG_STATE_HOME") or os.environ.get("LOCALAPPDATA")
    with contextlib.suppress(RuntimeError):
        base = Path(state) if state else Path.home() / ".local" / "state"
        found.append(base / "contexta" / "spool")
    user = os.getuid() if hasattr(os, "getuid") else os.environ.get("USERNAME", "user")
    return [*found, Path(tempfile.gettempdir()) / f"contexta-spool-{user}"]


class Spool:
    """The files of one destination, as this process sees them. Safe from any thread; never raises."""

    def __init__(self, roots: Iterable[Path], destination: Destination, max_bytes: int) -> None:
        self._roots = list(roots)
        self._destination = destination
        self._max_bytes = max_bytes
        self._root: Path | None = None
        self.reset()

    def reset(self) -> None:
        """As new, with new locks: in a forked child the files written so far are its parent's."""
        self._lock = threading.Lock()
        self._own: deque[Path] = deque()
        self._others: deque[Path] = deque()
        self._looked_at = float("-inf")
        self._used = 0
        self._measured_at = float("-inf")
        self.trouble = ""

    @property
    def place(self) -> str:
        """Where the files are, for people."""
        return str(self._root or (self._roots[0] if self._roots else "nowhere"))

    def ready(self) -> bool:
        """Whether another request may be kept, as far as is known without trying."""
        if self.trouble and time.monotonic() - self._measured_at < _LOOK_AGAIN_S:
            return False
        self.trouble = ""
        return bool(self._roots)

    def keep(self, signal: Signal, request: bytes, evidence: int, *, sync: bool = True) -> bool:
        """Write one request down; False if it cannot be (`trouble` is the cause then).

        evidence: numbered items in it. sync: outlive a power loss too, not only a kill.
        """
        with self._lock:
            if not self.ready():
                return False
            size = len(request) + 5
            if self._used_bytes() + size > self._max_bytes:
                return self._full()
            try:
                path = self._write(signal, request, evidence, sync)
            except OSError as error:
                return self._failed(error)
            self._used += size
            self._own.append(path)
            return True

    def _write(self, signal: Signal, request: bytes, evidence: int, sync: bool) -> Path:
        place = self._directory() / self._destination.key
        if not (place / DESTINATION).exists():
            _describe(place, self._destination)
        name = f"{new_ulid()}-{evidence}.{signal}{SUFFIX}"
        hidden = place / f".{name}"
        try:
            with hidden.open("xb") as file:
                lock(file)
                file.write(varint(len(request)) + request)
                file.flush()
                if sync:
                    os.fsync(file.fileno())
                hidden.rename(place / name)
        except OSError:
            hidden.unlink(missing_ok=True)
            raise
        return place / name

    def _directory(self) -> Path:
        """The first of the roots that can be used; ours alone."""
        if self._root is not None and self._root.is_dir():
            return self._root
        trouble = OSError("no directory for it")
        for root in self._roots:
            try:
                root.mkdir(mode=0o700, parents=True, exist_ok=True)
                if hasattr(os, "geteuid") and root.stat().st_uid != os.geteuid():
                    raise PermissionError(f"{root} belongs to another user")
                if not os.access(root, os.W_OK | os.X_OK):
                    raise PermissionError(f"{root} cannot be written")
            except OSError as error:
                trouble = error
            else:
                self._root = root
                return root
        raise trouble

    def _used_bytes(self) -> int:
        now = time.monotonic()
        if now - self._measured_at >= _LOOK_AGAIN_S:
            self._used = sum(size_of(root) for root in self._roots)
            self._measured_at = now
        return self._used

    def _full(self) -> bool:
        self.trouble, self._measured_at = "spool_full", time.monotonic()
        warn_once(
            "spool-full",
            "the spool in %s has reached its limit of %d bytes (CONTEXTA_SPOOL_MAX_BYTES): newer "
            "evidence is dropped and counted. Deliver it with `contexta-ship`.",
            self.place,
            self._max_bytes,
        )
        return False

    def _failed(self, error: OSError) -> bool:
        self.trouble, self._measured_at = "spool_failed", time.monotonic()
        warn_once(
            "spool-failed",
            "contexta cannot write its spool in %s (%s): evidence waits in memory only. Set "
            "CONTEXTA_SPOOL to a directory that can be written.",
            self.place,
            error,
        )
        return False

    # What waits

    def holds_own(self) -> bool:
        """Whether something this process wrote is still there."""
        with self._lock:
            while self._own and not self._own[0].exists():
                self._own.popleft()
            return bool(self._own)

    def holds_any(self) -> bool:
        """Whether anything for this destination is known to wait."""
        return self.holds_own() or self._holds_others()

    def _holds_others(self) -> bool:
        with self._lock:
            now = time.monotonic()
            if not self._others and now - self._looked_at >= _LOOK_AGAIN_S:
                self._looked_at = now
                own = set(self._own)
                for root in self._roots:
                    found = waiting(root / self._destination.key)
                    self._others.extend(path for path in found if path not in own)
            return bool(self._others)

    def next(self) -> Path | None:
        """What to deliver next: what this process wrote, then what others left."""
        with self._lock:
            waiting = self._own or self._others
            return waiting[0] if waiting else None

    def done(self, path: Path) -> None:
        """`path` is delivered, or somebody else is delivering it."""
        with self._lock:
            for waiting in (self._own, self._others):
                if waiting and waiting[0] == path:
                    waiting.popleft()


def waiting(place: Path) -> list[Path]:
    """Finished files of one destination, oldest first; what a killed writer left is settled before."""
    try:
        names = sorted(entry.name for entry in os.scandir(place))
    except OSError:
        return []
    for name in names:
        if name.startswith(".") and name.endswith(SUFFIX):
            _settle(place / name)
    return [place / name for name in names if name.endswith(SUFFIX) and not name.startswith(".")]


def _settle(hidden: Path) -> None:
    """A hidden file nobody holds: its writer was killed. Whole, it is finished; torn, it is nothing."""
    with contextlib.suppress(OSError), hidden.open("rb") as file:
        if not lock(file) or time.time() - os.fstat(file.fileno()).st_mtime < 1.0:
            return
        whole = bool(list(messages(file.read(), strict=True)))
        if whole:
            hidden.rename(hidden.with_name(hidden.name[1:]))
        else:
            hidden.unlink(missing_ok=True)
            logger.info("contexta: removed %s, which a killed process had begun", hidden.name)


@contextlib.contextmanager
def claimed(path: Path) -> Generator[bytes | None]:
    """The content of a file, held for this block; None if another process has it or had it."""
    try:
        file = path.open("rb")
    except OSError:
        yield None
        return
    with file:
        mine = lock(file) and os.fstat(file.fileno()).st_nlink > 0
        try:
            content = file.read() if mine else None
        except OSError:
            content = None
        yield content


def lock(file: IO[bytes]) -> bool:
    """Hold `file` until it is closed; False if somebody else does."""
    if sys.platform == "win32":
        return True
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def messages(content: bytes, *, strict: bool = False) -> Iterator[bytes]:
    """The requests in a file. A torn one at the end is left out; `strict`: then nothing is given."""
    found: list[bytes] = []
    at = 0
    while at < len(content):
        try:
            size, start = read_varint(content, at)
        except ValueError:
            size, start = len(content), at
        if start + size > len(content):
            if strict:
                return
            break
        found.append(content[start : start + size])
        at = start + size
    yield from found


def signal_of(path: Path) -> Signal:
    """What a file holds, by its name."""
    return "logs" if ".logs." in path.name else "traces"


def evidence_of(path: Path) -> int:
    """How many numbered items a file holds, by its name; 1 where it does not say."""
    count = path.name.partition(".")[0].rpartition("-")[2]
    return int(count) if count.isdigit() else 1


def size_of(root: Path) -> int:
    """Bytes of everything that waits below `root`."""
    total = 0
    for place, _, names in os.walk(root):
        for name in names:
            with contextlib.suppress(OSError):
                total += (Path(place) / name).stat().st_size
    return total


def destinations(root: Path) -> list[tuple[Path, Destination | None]]:
    """The destinations below `root` with where they are; None where that cannot be read."""
    try:
        places = sorted(Path(entry.path) for entry in os.scandir(root) if entry.is_dir())
    except OSError:
        return []
    return [(place, _destination_in(place)) for place in places]


def _describe(place: Path, destination: Destination) -> None:
    place.mkdir(mode=0o700, exist_ok=True)
    part = place / f".{new_ulid()}.part"
    part.write_text(json.dumps(destination.to_dict(), indent=2), encoding="utf-8")
    part.rename(place / DESTINATION)


def _destination_in(place: Path) -> Destination | None:
    try:
        told = cast("object", json.loads((place / DESTINATION).read_text(encoding="utf-8")))
        return Destination.from_dict(told)
    except (OSError, ValueError, TypeError):
        return None
