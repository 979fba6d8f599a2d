"""Appending to the journal: durable before it returns, one sync for everybody who waits.

append ──► waiting list ──► the first to come leads: writes all that wait, syncs once, wakes them,
                            and hands the lead to the first who came meanwhile

  open ──── write: disk full ────► open        cut back to the last good end; JournalFull
  open ──── write: any other error, or sync: any error ────► failed     for good; JournalFailed
"""

import _thread
import errno
import os
import threading
import zlib
from collections.abc import Sequence
from pathlib import Path

from contexta_processor.base.clock import now_ns
from contexta_processor.base.durably import fsync_directory
from contexta_processor.base.signal import Signal
from contexta_processor.journal.durable import DurableMark, read_durable
from contexta_processor.journal.record import HEADER_SIZE, MAX_BODY_BYTES, encode_header
from contexta_processor.journal.repair import Repair, repair_tail
from contexta_processor.journal.segment import Segment, list_segments, segment_path

SEGMENT_BYTES = 64 * 1024 * 1024
_IOV_MAX = 1024
_NO_ROOM = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EMFILE, errno.ENFILE}
)


class JournalFull(Exception):
    """Nothing was written; the same append can succeed later (no space, no inode, read-only for now)."""


class JournalFailed(Exception):
    """A sync or write failed in a way after which nothing more may be acknowledged; start anew."""


class _Waiting:
    """One append on its way to the disk."""

    __slots__ = (
        "bodies",
        "crc",
        "end",
        "error",
        "leads",
        "length",
        "received_at_ns",
        "signal",
        "woken",
    )

    def __init__(self, signal: Signal, bodies: Sequence[bytes]) -> None:
        self.signal = signal
        self.bodies = bodies
        self.length = sum(map(len, bodies))
        self.crc = 0
        for body in bodies:
            self.crc = zlib.crc32(body, self.crc)
        self.received_at_ns = now_ns()
        self.end = 0
        self.error: BaseException | None = None
        self.leads = False
        self.woken = threading.Event()


class JournalWriter:
    """The only writer of a journal directory; who opens one holds the directory lock.

    Opening repairs a torn tail (`repaired` says what was cut); where the tail had been acknowledged, what is
    appended next goes behind the gap. Thread safe.

    Raises: OSError, JournalFull or JournalFailed where the directory can't be written.
    """

    def __init__(self, directory: Path, *, segment_bytes: int = SEGMENT_BYTES) -> None:
        self._directory = directory
        self._segment_bytes = segment_bytes
        self._lock = threading.Lock()
        self._idle = threading.Condition(self._lock)
        self._waiting: list[_Waiting] = []
        self._leading = False
        self._closed = False
        self._failure: BaseException | None = None
        self._fd = -1
        self._first = 0
        self._end = 0
        self.repaired: Repair | None = None
        directory.mkdir(parents=True, exist_ok=True)
        for above in (directory.parent, directory.parent.parent):
            fsync_directory(above)  # the directory's own name must last, too
        self._mark = DurableMark(directory)
        self._open_newest()

    @property
    def end_position(self) -> int:
        """Everything before this position is durable."""
        return self._end

    @property
    def failure(self) -> BaseException | None:
        """What made this writer refuse everything; None while it works."""
        return self._failure

    def append(self, signal: Signal, body: bytes | Sequence[bytes]) -> int:
        """Write one record, wait until it is on disk, return the position behind it.

        body: the record's bytes, in one piece or several that are joined.
        Raises: JournalFull where the disk takes no more for now; JournalFailed for good; ValueError at 4 GiB.
        """
        mine = _Waiting(signal, [body] if isinstance(body, bytes) else body)
        if mine.length > MAX_BODY_BYTES:
            raise ValueError(f"a journal record holds at most {MAX_BODY_BYTES} bytes")
        if threading.current_thread() is threading.main_thread():
            self._take_apart(mine)
        else:
            self._take(mine)
        if mine.error is not None:
            raise mine.error
        return mine.end

    def move_to(self, position: int) -> None:
        """Go on at `position` in a new segment, where the store has read further than this journal reaches.

        A journal that was removed or lost its tail would otherwise use positions a second time, and the store would pass over them.
        """
        with self._lock:
            if self._leading:
                raise RuntimeError("move_to is for start-up, before the first append")
            if position > self._end:
                self._start_segment(position)
                self._mark.publish(self._end)

    def close(self) -> None:
        """Finish what waits, refuse what comes after."""
        with self._lock:
            self._idle.wait_for(lambda: not self._leading)
            if self._closed:
                return
            self._closed = True
            os.close(self._fd)
            self._mark.close()

    def _take(self, mine: _Waiting) -> None:
        """Write it with whatever waits, or let whoever writes now do so."""
        with self._lock:
            self._waiting.append(mine)
            mine.leads = not self._leading
            self._leading = True
        if not mine.leads:
            mine.woken.wait()
        if mine.leads:
            self._lead()

    def _take_apart(self, mine: _Waiting) -> None:
        """The same on another thread, while this one waits: Python raises an interrupt in the main thread, between any two
        steps, and those of a commit belong together. Who is interrupted has no answer; the record may be there."""
        taken = threading.Lock()
        taken.acquire()

        def take() -> None:
            try:
                self._take(mine)
            except BaseException as error:  # it is for who waits
                mine.error = error
            finally:
                taken.release()

        # A `Thread` shares a condition with who starts it, and an interrupt may leave that locked.
        _thread.start_new_thread(take, ())
        taken.acquire()

    def _lead(self) -> None:
        with self._lock:
            batch, self._waiting = self._waiting, []
        try:
            self._commit(batch)
        except (JournalFull, JournalFailed) as error:
            for one in batch:
                one.error = error
        finally:
            self._hand_over(batch)

    def _hand_over(self, batch: list[_Waiting]) -> None:
        """Wake everybody whose batch is done, and let the first who came meanwhile lead."""
        with self._lock:
            successor = self._waiting[0] if self._waiting else None
            self._leading = successor is not None
            if successor is None:
                self._idle.notify_all()
            else:
                successor.leads = True
        for one in batch[1:]:  # the leader is the first of its batch
            one.woken.set()
        if successor is not None:
            successor.woken.set()

    def _commit(self, batch: list[_Waiting]) -> None:
        if self._closed:
            raise JournalFailed("the journal is closed")
        if self._failure is not None:
            raise JournalFailed(str(self._failure)) from self._failure
        if self._end - self._first >= self._segment_bytes:
            self._rotate()
        try:
            end = self._write(batch)
            os.fdatasync(self._fd)
        except (JournalFull, JournalFailed):
            raise
        except OSError as error:
            raise self._fail(error) from error
        except BaseException as error:
            # No memory, or an interrupt: how much of the batch is in the file nobody knows, so nothing may follow it.
            failed = self._fail(error)
            for one in batch:
                one.error = failed
            raise
        self._end = end
        self._mark.publish(end)

    def _write(self, batch: list[_Waiting]) -> int:
        position = self._end
        pieces: list[bytes] = []
        for one in batch:
            pieces.append(
                encode_header(position, one.signal, one.received_at_ns, one.length, one.crc)
            )
            pieces.extend(one.bodies)
            position += HEADER_SIZE + one.length
            one.end = position
        try:
            for at in range(0, len(pieces), _IOV_MAX):
                _write_all(self._fd, pieces[at : at + _IOV_MAX])
        except OSError as error:
            if error.errno not in _NO_ROOM:
                raise self._fail(error) from error
            self._cut_back()
            raise JournalFull(os.strerror(error.errno)) from error
        return position

    def _cut_back(self) -> None:
        """Take a half-written batch off again; a fragment must never be followed by a record."""
        try:
            os.ftruncate(self._fd, self._end - self._first)
        except OSError as error:
            raise self._fail(error) from error

    def _fail(self, error: BaseException) -> JournalFailed:
        """Refuse everything from now on; the error to raise."""
        self._failure = error
        cause = error.strerror if isinstance(error, OSError) else type(error).__name__
        return JournalFailed(f"{cause} on the journal in {self._directory}")

    def _rotate(self) -> None:
        if os.fstat(self._fd).st_nlink == 0:
            raise self._fail(OSError(errno.ENOENT, "the segment being written was removed"))
        try:
            self._start_segment(self._end)
        except OSError as error:
            if error.errno in _NO_ROOM:
                raise JournalFull(os.strerror(error.errno)) from error
            raise self._fail(error) from error

    def _start_segment(self, first: int) -> None:
        """Create the next segment and make its name durable before anything in it is acknowledged."""
        path = segment_path(self._directory, first)
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
        try:
            fsync_directory(self._directory)
        except OSError as error:
            os.close(fd)
            raise self._fail(error) from error
        if self._fd >= 0:
            os.close(self._fd)
        self._fd, self._first, self._end = fd, first, first

    def _open_newest(self) -> None:
        published = read_durable(self._directory) or 0
        segments = list_segments(self._directory)
        if segments:
            self._reopen(segments[-1])
        else:
            self._start_segment(0)
        if self._end < published:
            # What was acknowledged is gone from the end: positions are never used twice, and the record of nothing behind
            # the gap is what makes a reader see that there is one.
            self._start_segment(published)
            self._commit([_Waiting(Signal.TRACES, [])])
        self._mark.publish(self._end)

    def _reopen(self, newest: Segment) -> None:
        self.repaired = repair_tail(newest)
        self._fd = os.open(newest.path, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC)
        self._first = newest.first
        self._end = newest.first + newest.size
        # What a killed process wrote and never synced is read from now on, so it must be on disk.
        os.fsync(self._fd)
        fsync_directory(self._directory)


def _write_all(fd: int, pieces: list[bytes]) -> None:
    """`writev` until everything is written: the kernel may take less than it was given."""
    written = os.writev(fd, pieces)
    left = sum(map(len, pieces)) - written
    if left == 0:
        return
    rest = memoryview(b"".join(pieces))[written:]
    while rest:
        rest = rest[os.write(fd, rest) :]
