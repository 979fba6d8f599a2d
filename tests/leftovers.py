"""What tests started and did not end: found by a word in the environment that every child inherits."""

import os
import signal
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from waiting import wait_until

MARK = "STARTED_BY_TESTS_OF"
"""A variable whose value is the pid of the tests' process: kept by every environment a test makes of its own."""

# They serve this process's own multiprocessing and end with it.
_OURS = (b"multiprocessing.resource_tracker", b"multiprocessing.forkserver", b"loky")


@dataclass(frozen=True)
class Process:
    """A running process: its number and its command line."""

    pid: int
    command: str

    def __str__(self) -> str:
        return f"{self.pid}: {self.command}"


def mark_children() -> None:
    """From now on every process that is started can be told to be ours, also when its parent is gone."""
    os.environ[MARK] = str(os.getpid())


def running() -> list[Process]:
    """Processes that tests of this process started and that still run; none where there is no /proc."""
    wanted = f"{MARK}={os.getpid()}".encode()
    found: list[Process] = []
    for place in Path("/proc").glob("[0-9]*"):
        if int(place.name) == os.getpid():
            continue
        try:
            if wanted not in (place / "environ").read_bytes().split(b"\0"):
                continue
            command = (place / "cmdline").read_bytes()
        except OSError:  # another user's, or gone meanwhile
            continue
        if command and not any(word in command for word in _OURS):
            found.append(Process(int(place.name), command.replace(b"\0", b" ").decode().strip()))
    return found


def end_them() -> None:
    """Fail with the list of what still runs after a while; nothing of it runs afterwards."""
    try:
        wait_until(lambda: not running(), "every process that tests started to end", 30)
    except AssertionError:
        left = running()
        for one in left:
            with suppress(ProcessLookupError):
                os.kill(one.pid, signal.SIGKILL)
        lines = "\n  ".join(map(str, left))
        raise AssertionError(f"tests left processes behind:\n  {lines}") from None
