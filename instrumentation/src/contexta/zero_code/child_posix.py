"""Running a command where a process can take its signals one by one (Linux and some other Unix).

The caller's signals are not handled but taken one by one (`sigwaitinfo`), so that it is known where
each came from: one that somebody sent to us is sent on, one that the terminal sent to everybody in
the foreground has reached the command already. Output is passed through byte by byte, through a
terminal where it was one, so that the command behaves the same; its end is kept.
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Generator, Mapping, Sequence
from typing import Final

from contexta.zero_code import child_output
from contexta.zero_code.child_result import Result

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


@contextlib.contextmanager
def signals_held() -> Generator[Mask]:
    """Hold back the signals that `run` passes on, in this thread and those it starts; gives the
    mask as it was, for the command."""
    child_output.keep_closed_closed()
    before = {
        int(one) for one in signal.pthread_sigmask(signal.SIG_BLOCK, {*_PASSED_ON, signal.SIGCHLD})
    }
    try:
        yield before
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def run(
    command: Sequence[str], environment: Mapping[str, str], held: Mask, *, keep_output: bool = True
) -> Result:
    """Run `command` to its end. Must be called inside `signals_held`.

    Returns: how it ended; code 127 and a problem if there is no such command, 126 if it may not run.
    """
    streams = child_output.streams() if keep_output else []
    actions = [(os.POSIX_SPAWN_DUP2, stream.inner, fd) for stream in streams for fd in stream.fds]
    try:
        pid = os.posix_spawnp(
            command[0],
            list(command),
            environment,
            file_actions=actions,
            setsigmask=held,
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


def _wait(pid: int, streams: Sequence[child_output.Stream]) -> int:
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
