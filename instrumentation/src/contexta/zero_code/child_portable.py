"""Running a command with what every platform has: `subprocess` and signal handlers.

The promises are those of `child_posix`, with two differences. Who sent a signal is not known: while we
are in the foreground of a terminal, INT and QUIT are taken to be the terminal's, which has sent them
to the command as well, and are not sent on. On Windows nothing can be sent on: the console interrupts
both, and who terminates us has not terminated the command. Output to a terminal is left alone where
there are no pseudo-terminals, and then has no tail.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Generator, Mapping, Sequence
from types import FrameType
from typing import Final

from contexta.zero_code import child_output
from contexta.zero_code.child_result import Result

_PASSED_ON: Final = (
    "SIGINT",
    "SIGTERM",
    "SIGHUP",
    "SIGQUIT",
    "SIGUSR1",
    "SIGUSR2",
    "SIGBREAK",
    "SIGWINCH",
)
_FROM_A_TERMINAL: Final = ("SIGINT", "SIGQUIT", "SIGWINCH")


class Held:
    """The signals that have come, and where they go."""

    def __init__(self) -> None:
        self.streams: Sequence[child_output.Stream] = ()
        self._command: subprocess.Popen[bytes] | None = None
        self._early: list[int] = []

    def handle(self, number: int, _frame: FrameType | None) -> None:
        """One has come."""
        if signal.Signals(number).name == "SIGWINCH":
            for stream in self.streams:
                stream.resize()
        if self._command is None:
            self._early.append(number)
        elif _is_for_us_alone(number):
            self._send(self._command, number)

    def pass_to(self, command: subprocess.Popen[bytes]) -> None:
        """The command runs: what came before it did is for it too."""
        self._command = command
        while self._early:
            self._send(command, self._early.pop(0))

    def _send(self, command: subprocess.Popen[bytes], number: int) -> None:
        with contextlib.suppress(OSError, ValueError):
            command.send_signal(number)


@contextlib.contextmanager
def signals_held() -> Generator[Held]:
    """Handle the signals that `run` passes on; those that our caller ignores stay ignored."""
    child_output.keep_closed_closed()
    held = Held()
    before = {
        number: handler
        for number in _numbers()
        if (handler := signal.getsignal(number)) is not signal.SIG_IGN
    }
    for number in before:
        signal.signal(number, held.handle)
    try:
        yield held
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)


def run(
    command: Sequence[str], environment: Mapping[str, str], held: Held, *, keep_output: bool = True
) -> Result:
    """Run `command` to its end. Must be called inside `signals_held`.

    Returns: how it ended; code 127 and a problem if there is no such command, 126 if it may not run.
    """
    streams = child_output.streams() if keep_output else []
    ends = {fd: stream.inner for stream in streams for fd in stream.fds}
    try:
        process = subprocess.Popen(
            list(command),
            env=dict(environment),
            stdout=ends.get(1),
            stderr=ends.get(2),
            close_fds=False,
        )
    except OSError as reason:
        for stream in streams:
            stream.abandon()
        code = 127 if isinstance(reason, FileNotFoundError) else 126
        return Result(code, problem=f"cannot run {command[0]}: {reason.strerror}")
    for stream in streams:
        stream.start()
    held.streams = streams
    held.pass_to(process)
    code = process.wait()
    for stream in streams:
        stream.finish()
    tails = {stream.name: stream.tail for stream in streams}
    return Result(128 - code, -code, tails) if code < 0 else Result(code, None, tails)


def _numbers() -> list[int]:
    return [int(getattr(signal, name)) for name in _PASSED_ON if hasattr(signal, name)]


def _is_for_us_alone(number: int) -> bool:
    """Whether the command has not got it already: from the terminal it shares with us, or the console."""
    if os.name == "nt":
        return False
    if signal.Signals(number).name not in _FROM_A_TERMINAL:
        return True
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY)
    except OSError:
        return True
    try:
        return os.tcgetpgrp(terminal) != os.getpgrp()
    except OSError:
        return True
    finally:
        os.close(terminal)
