"""Running a command as if nobody stood between it and its caller.

The caller's signals are not handled but taken one by one (`sigwaitinfo`), so that it is known where
each came from: one that somebody sent to us is sent on, one that the terminal sent to everybody in
the foreground has reached the command already. Output is passed through byte by byte, through a
terminal where it was one, so that the command behaves the same; its end is kept.
"""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import sys
import threading
import time
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

TAIL_BYTES: Final = 8 * 1024
_DRAIN_S: Final = 1.0
ENDING: Final = frozenset({signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL})
_PASSED_ON: Final = frozenset(
    {
        signal.SIGINT,
        signal.SIGTERM,
        signal.SIGHUP,
        signal.SIGQUIT,
        signal.SIGUSR1,
        signal.SIGUSR2,
        signal.SIGWINCH,
    }
)
_IGNORED_BY_PYTHON: Final = (signal.SIGPIPE, signal.SIGXFSZ)
Mask = set[int]


class Tail:
    """The last bytes of a stream."""

    def __init__(self) -> None:
        self.total = 0
        self._kept = b""

    def add(self, chunk: bytes) -> None:
        """Some more of it."""
        self.total += len(chunk)
        self._kept = (self._kept + chunk)[-TAIL_BYTES:]

    def text(self) -> str:
        """What was kept, from a whole character on."""
        return self._kept.decode("utf-8", "replace").lstrip("\ufffd")


@dataclass
class Result:
    """How the command ended. `code` is its exit code, or 128 + signal."""

    code: int
    signal: int | None = None
    tails: dict[str, Tail] = field(default_factory=dict[str, Tail])
    problem: str = ""


@contextlib.contextmanager
def signals_held() -> Generator[Mask]:
    """Hold back the signals that `run` passes on, in this thread and those it starts; gives the
    mask as it was, for the command."""
    _keep_closed_closed()
    before = {
        int(one) for one in signal.pthread_sigmask(signal.SIG_BLOCK, {*_PASSED_ON, signal.SIGCHLD})
    }
    try:
        yield before
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _keep_closed_closed() -> None:
    """A standard stream that was closed from the start stays so for the command: nothing that we
    open may get its number. What stands there instead is closed in the command."""
    for fd in (0, 1, 2):
        try:
            os.fstat(fd)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def run(
    command: Sequence[str], environment: Mapping[str, str], mask: Mask, *, keep_output: bool = True
) -> Result:
    """Run `command` to its end. Must be called inside `signals_held`.

    Returns: how it ended; code 127 and a problem if there is no such command, 126 if it may not run.
    """
    streams = _streams() if keep_output else []
    actions = [(os.POSIX_SPAWN_DUP2, stream.inner, fd) for stream in streams for fd in stream.fds]
    try:
        pid = os.posix_spawnp(
            command[0],
            list(command),
            environment,
            file_actions=actions,
            setsigmask=mask,
            setsigdef=_IGNORED_BY_PYTHON,
        )
    except OSError as reason:
        for stream in streams:
            stream.abandon()
        code = 127 if isinstance(reason, FileNotFoundError) else 126
        return Result(code, problem=f"cannot run {command[0]}: {reason.strerror}")
    for stream in streams:
        stream.start()
    status = _wait(pid, streams)
    for stream in streams:
        stream.finish()
    tails = {stream.name: stream.tail for stream in streams}
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        return Result(128 + number, number, tails)
    return Result(os.WEXITSTATUS(status), None, tails)


def leave_by(number: int) -> None:
    """End this process by the signal that ended the command. Returns only if that is not possible."""
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    sys.stdout.flush()
    sys.stderr.flush()
    with contextlib.suppress(OSError, ValueError):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {number})
    os.kill(os.getpid(), number)


def _wait(pid: int, streams: Sequence[_Stream]) -> int:
    """Until the command has ended, pass on what is sent to us; its wait status."""
    while True:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            return status
        arrived = signal.sigtimedwait({*_PASSED_ON, signal.SIGCHLD}, 1.0)
        if arrived is None or arrived.si_signo == signal.SIGCHLD:
            continue
        if arrived.si_signo == signal.SIGWINCH:
            for stream in streams:
                stream.resize()
        if arrived.si_code <= 0:  # sent by a process; the terminal's have reached the command
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, arrived.si_signo)


class _Stream:
    """One or both of standard output and error (both, where they are the same file): what the
    command writes goes on to where it would have gone."""

    def __init__(self, name: str, fds: Sequence[int]) -> None:
        self.name = name
        self.fds = fds
        self.tail = Tail()
        self._outer = os.dup(fds[0])
        self._terminal = os.isatty(fds[0])
        if self._terminal:
            import tty

            self._read, self.inner = os.openpty()
            tty.setraw(self.inner)  # the terminal outside does what a terminal does to output
            self.resize()
        else:
            self._read, self.inner = os.pipe()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._copy, name="contexta-output", daemon=True)

    def resize(self) -> None:
        """The terminal outside has another size."""
        if self._terminal:
            import termios

            with contextlib.suppress(OSError, termios.error):
                termios.tcsetwinsize(self._read, termios.tcgetwinsize(self._outer))

    def start(self) -> None:
        """The command has its end; pass on what comes."""
        os.close(self.inner)
        self._thread.start()

    def abandon(self) -> None:
        """There is no command."""
        for fd in (self._read, self.inner, self._outer):
            os.close(fd)

    def finish(self) -> None:
        """The command has ended: take what is still under way. What it left running in the
        background may hold the stream open; that is not waited for."""
        until = time.monotonic() + _DRAIN_S
        seen = -1
        while not self._ended.is_set() and time.monotonic() < until and seen != self.tail.total:
            seen = self.tail.total
            self._ended.wait(0.2)

    def _copy(self) -> None:
        try:
            while chunk := os.read(self._read, 65_536):
                self.tail.add(chunk)
                _write(self._outer, chunk)
        except OSError:
            # A terminal's other side is closed (that is its end), or nobody reads our output any
            # more; closing lets the command meet the same broken pipe as it would without us.
            os.close(self._read)
        finally:
            self._ended.set()


def _write(fd: int, chunk: bytes) -> None:
    while chunk:
        chunk = chunk[os.write(fd, chunk) :]


def _streams() -> list[_Stream]:
    open_fds = [
        fd for fd, stream in ((1, sys.__stdout__), (2, sys.__stderr__)) if stream is not None
    ]
    try:
        if open_fds == [1, 2] and _same_file(1, 2):
            return [_Stream("output", (1, 2))]
        return [_Stream(_NAMES[fd], (fd,)) for fd in open_fds]
    except OSError:  # no more descriptors: leave them alone
        return []


_NAMES: Final = {1: "stdout", 2: "stderr"}


def _same_file(one: int, two: int) -> bool:
    first, second = os.fstat(one), os.fstat(two)
    return (first.st_dev, first.st_ino) == (second.st_dev, second.st_ino)
