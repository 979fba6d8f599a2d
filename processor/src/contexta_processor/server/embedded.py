"""Doing without a server: whoever reads takes in what waits, in this process, and leaves."""

import os
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from contexta_processor.base.data_dir import DataDir
from contexta_processor.base.errors import ContextaError, Exit
from contexta_processor.base.lock import DirectoryLock, LockHeld
from contexta_processor.base.quarantine import Quarantine, SetAside
from contexta_processor.base.signal import Signal
from contexta_processor.journal.reader import end_position
from contexta_processor.journal.writer import JournalFailed, JournalFull, JournalWriter
from contexta_processor.receive.overload import Unavailable
from contexta_processor.server.inbox import TakenReport, import_file, take_inbox
from contexta_processor.server.keeper import Keeper
from contexta_processor.store.file import unreadable


@dataclass(frozen=True)
class Embedded:
    """A data directory owned by this process for a moment."""

    data_dir: DataDir
    append: Callable[[Signal, bytes], object]
    set_aside: Callable[[SetAside], object]

    def take_inbox(self) -> TakenReport:
        """Put every file of the inbox into the journal."""
        return take_inbox(self.data_dir, self.append, self.set_aside)

    def import_file(self, path: Path, *, signal: Signal | None = None) -> TakenReport:
        """Put one file into the journal. Raises: ContextaError if it can't be one."""
        return import_file(path, self.append, self.set_aside, signal=signal)


Told = Callable[[int, int], object]
"""Told how far rows are made of the journal: so many bytes of so many."""


def _silent(_position: int, _end: int) -> None:
    return


@contextmanager
def own(data_dir: DataDir, *, told: Told = _silent) -> Generator[Embedded]:
    """Own the directory and its journal; on leaving, everything in the journal is made rows.

    Raises: ContextaError if a server or another command holds it, or the disk takes no more.
    """
    lock = DirectoryLock(data_dir.lock_file)
    try:
        data_dir.create()
        lock.acquire(f"{Path(sys.argv[0]).name} (pid {os.getpid()})")
    except LockHeld as held:
        raise _in_use(data_dir, held.holder) from held
    except OSError as error:
        raise _no_room(data_dir, error) from error
    try:
        yield from _with_store(data_dir, told)
    except (Unavailable, JournalFull, JournalFailed, OSError, duckdb.TransactionException) as error:
        raise _no_room(data_dir, error) from error
    except (duckdb.IOException, duckdb.FatalException) as error:
        raise unreadable(data_dir.database, error) from error
    finally:
        lock.release()


def _with_store(data_dir: DataDir, told: Told) -> Generator[Embedded]:
    from contexta_processor.store.ingest import Ingest

    ingest = Ingest(data_dir)
    try:
        writer = JournalWriter(data_dir.journal)
        try:
            writer.move_to(ingest.position)  # never use a position twice that the store has passed
            quarantine = Quarantine(data_dir.root, data_dir.quarantine, writer.append)
            keeper = Keeper(writer, quarantine, lambda _error: None)
            yield Embedded(data_dir, keeper.append, keeper.set_aside)
        finally:
            writer.close()
        end = end_position(data_dir.journal)
        told(ingest.position, end)
        while (step := ingest.step()) is not None:
            told(step.position, end)
    finally:
        ingest.close()


def catch_up(data_dir: DataDir, *, told: Told = _silent) -> None:
    """Take the inbox, then make rows of everything the database does not have yet.

    A file that can't be read is named on stderr, and stays. Raises: ContextaError, as `own`.
    """
    with own(data_dir, told=told) as embedded:
        report = embedded.take_inbox()
    for path, why in report.waiting.items():
        print(f"contexta: {path} could not be taken in: {why}", file=sys.stderr)


def _in_use(data_dir: DataDir, holder: str) -> ContextaError:
    return ContextaError(
        f"{data_dir.root} is in use",
        cause=f"{holder} holds it",
        hint="try again in a moment, or stop it",
        exit_code=Exit.UNREACHABLE,
    )


def _no_room(data_dir: DataDir, error: Exception) -> ContextaError:
    return ContextaError(
        f"cannot write to {data_dir.root}",
        cause=str(error),
        hint="make room on its disk, or give --data DIR with a directory that can be written",
        exit_code=Exit.UNREACHABLE,
    )
