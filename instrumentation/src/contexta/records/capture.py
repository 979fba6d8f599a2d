"""Work that must not hold up the job: hashing files, listing packages, asking git.

One daemon thread does it in order. Each piece belongs to a record whose number and time were taken
at the call; `Captures` knows which are still under way, so that a run's end can wait for them.
"""

from __future__ import annotations

import os
import queue
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from contexta.base.misuse import note_internal_error

if TYPE_CHECKING:
    from contexta.base.coerce import Attributes

GivenUp: TypeAlias = Callable[[], bool]
Work: TypeAlias = Callable[[GivenUp], object]


class Partly(NamedTuple):
    """What `work` gives where it found out only some: that, and what is missing and why."""

    attributes: Attributes
    reason: str
    detail: str


class Capture:
    """One piece of work: `work` computes off the calling thread, `finish` records what is known.

    `work` is handed a question it may ask now and then: does nobody wait any longer? `finish` is
    called exactly once: with the result, or with None when nobody does.
    """

    def __init__(self, work: Work, finish: Callable[[object], None]) -> None:
        self._work = work
        self._finish = finish
        self._lock = threading.Lock()
        self._done = threading.Event()

    def run(self) -> None:
        """On the capture thread."""
        result: object = None
        try:
            if not self._done.is_set():
                result = self._work(self._done.is_set)
        except Exception as fault:
            if not self._done.is_set():
                note_internal_error("capturing", fault)
        self._settle(result)

    def wait(self, timeout_s: float) -> bool:
        """Whether it finished in time."""
        return self._done.wait(timeout_s)

    def give_up(self) -> None:
        """Record without the result."""
        self._settle(None)

    def _settle(self, result: object) -> None:
        with self._lock:
            if self._done.is_set():
                return
            try:
                self._finish(result)
            except Exception as fault:
                note_internal_error("recording a capture", fault)
            finally:
                self._done.set()


class Captures:
    """The thread and what it has to do."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """As at first (a forked child: the work is its parent's)."""
        self._todo: queue.SimpleQueue[Capture] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def start(self, capture: Capture) -> None:
        """Queue one piece of work."""
        self._todo.put(capture)
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(
                    target=self._run, name="contexta-capture", daemon=True
                )
                self._thread.start()

    def _run(self) -> None:
        while True:
            self._todo.get().run()


captures: Final = Captures()

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=captures.reset)


def wait_for(waiting: list[Capture], timeout_s: float) -> int:
    """Wait for all of them together; how many were given up (recorded without their result)."""
    deadline = time.monotonic() + timeout_s
    late = [one for one in waiting if not one.wait(max(0.0, deadline - time.monotonic()))]
    for one in late:
        one.give_up()
    return len(late)
