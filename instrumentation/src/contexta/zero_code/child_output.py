"""Output of a command on its way to where it would have gone: passed through, and its end kept."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from collections.abc import Sequence
from typing import Final

TAIL_BYTES: Final = 8 * 1024
_DRAIN_S: Final = 1.0
_NAMES: Final = {1: "stdout", 2: "stderr"}


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


class Stream:
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


def streams() -> list[Stream]:
    """The standard streams that can be passed through: not closed ones, and a terminal only where
    there are pseudo-terminals to put in its place."""
    open_fds = [
        fd
        for fd, stream in ((1, sys.__stdout__), (2, sys.__stderr__))
        if stream is not None and (hasattr(os, "openpty") or not os.isatty(fd))
    ]
    try:
        if open_fds == [1, 2] and _same_file(1, 2):
            return [Stream("output", (1, 2))]
        return [Stream(_NAMES[fd], (fd,)) for fd in open_fds]
    except OSError:  # no more descriptors: leave them alone
        return []


def _same_file(one: int, two: int) -> bool:
    first, second = os.fstat(one), os.fstat(two)
    return (first.st_dev, first.st_ino) == (second.st_dev, second.st_ino)


def keep_closed_closed() -> None:
    """A standard stream that was closed from the start stays so for the command: nothing that we
    open may get its number. What stands there instead is closed in the command."""
    for fd in (0, 1, 2):
        try:
            os.fstat(fd)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
