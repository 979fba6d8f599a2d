"""Waiting for whoever has the data directory: as long as something moves there, and a while longer.

Readers that meet over the inbox, and a server that is just starting or stopping, are waited for. That they get on is
seen from outside: another process has the directory, files leave the inbox, the journal or the database changes.
"""

import os
import sys
import time
from collections.abc import Callable

from contexta_processor.base.data_dir import DataDir
from contexta_processor.base.errors import ContextaError
from contexta_processor.base.lock import LockHeld

STILL_S = 20.0
"""How long nothing may move: on a busy machine the other may not have got as far as reading its first file."""
MOST_S = 600.0
"""How long to wait at most, whatever moves: a server that takes in for ever while its door is shut is not waited for."""
NOTED_AFTER_S = 1.0
"""When whoever waits with us is told for whom."""
_PAUSE_S = 0.05

Signs = tuple[object, ...]


class Patience:
    """One wait for one data directory.

    say: told once, in a line, what is waited for. clock, pause: seconds, and how to let some pass.
    """

    def __init__(
        self,
        data: DataDir,
        *,
        say: Callable[[str], object] | None = None,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], object] = time.sleep,
    ) -> None:
        self._data = data
        self._say = say or _on_stderr
        self._clock = clock
        self._pause = pause
        self._since = self._moved_at = clock()
        self._signs = _signs_of(data)
        self._holders: set[str] = set()
        self._noted = False

    def wait(self, error: ContextaError) -> None:
        """Let a moment pass after `error`, so that the caller can try again.

        Raises: `error` at once if nobody has the directory; with how long was waited, once it is too long.
        """
        if not _is_held(error):
            raise error
        now, signs = self._clock(), _signs_of(self._data)
        if signs != self._signs or error.cause not in self._holders:
            self._signs, self._moved_at = signs, now
        self._holders.add(error.cause)  # two that only take turns in waiting are no movement
        waited, still = now - self._since, now - self._moved_at
        if still > STILL_S or waited > MOST_S:
            raise _given_up(error, waited, still) from error.__cause__
        if waited > NOTED_AFTER_S and not self._noted:
            self._noted = True
            self._say(f"waiting for {self._data.root}: {error.cause}")
        self._pause(_PAUSE_S)


def _is_held(error: ContextaError) -> bool:
    """Whether somebody else has the directory or the database right now."""
    if isinstance(error.__cause__, LockHeld):
        return True
    return (
        "set lock on file" in str(error.__cause__).lower()
    )  # DuckDB's words; it has no type for it


def _signs_of(data: DataDir) -> Signs:
    """What changes while somebody gets on: what was taken from the inbox, and what was written.

    Not what is in the inbox: jobs add to that, whether or not anybody takes it. Nor the lock: whoever waits tries it.
    """
    log = data.database.with_name(f"{data.database.name}.wal")
    return (*map(_stamp, (data.taken, data.database, log)), _newest(data.journal))


def _stamp(path: os.PathLike[str]) -> tuple[int, int] | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns


def _newest(journal: os.PathLike[str]) -> tuple[str, int] | None:
    """The segment that is being written, and how far it goes."""
    try:
        with os.scandir(journal) as entries:
            return max(((entry.name, entry.stat().st_size) for entry in entries), default=None)
    except OSError:
        return None


def _given_up(error: ContextaError, waited: float, still: float) -> ContextaError:
    moved = f"nothing moved there for {still:.0f} s" if still > STILL_S else "it goes on"
    return ContextaError(
        error.what,
        cause=f"{error.cause}; waited {waited:.0f} s, {moved}",
        hint=error.hint,
        exit_code=error.exit_code,
    )


def _on_stderr(text: str) -> None:
    from contexta_processor.surfaces.render.text import safe

    sys.stderr.write(f"{safe(text)}\n")
