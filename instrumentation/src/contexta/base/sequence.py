"""Who emits and how much: one producer id and one counter per process.

Every evidence event and every finished span takes the next number, so whatever is lost between
here and the store shows as a gap. A forked child is another producer and counts from 0.
"""

from __future__ import annotations

import itertools
import os
import time
from typing import Final

_CROCKFORD: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_ulid() -> str:
    """A ULID: 26 characters, sortable by creation time (milliseconds), 80 random bits."""
    value = (time.time_ns() // 1_000_000 << 80) | int.from_bytes(os.urandom(10), "big")
    return "".join(_CROCKFORD[(value >> shift) & 31] for shift in range(125, -1, -5))


class Producer:
    """One emitting process: its id and the count of what it has emitted."""

    __slots__ = ("_counter", "_last", "_shared", "forked_from", "id", "pid")

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.forked_from: tuple[int, ...] = ()
        self.restart()

    def restart(self, id: str | None = None, shared: memoryview | None = None) -> None:
        """Become a new producer, counting from 0 (what a forked child must do).

        id: that its parent knows it by. shared: one 64-bit integer that its parent sees: how many
            numbers were given out (see `children`).
        """
        self.id = id or new_ulid()
        if self.pid != os.getpid():
            self.forked_from = (*self.forked_from, self.pid)
            self.pid = os.getpid()
        self._counter = itertools.count()
        self._last = -1
        self._shared = shared

    def take(self) -> int:
        """The next number. Safe from any thread: `next` on a counter is one atomic step."""
        self._last = number = next(self._counter)
        if self._shared is not None:
            self._shared[0] = number + 1
        return number

    @property
    def last(self) -> int:
        """The number taken last (−1 before the first); other threads may already be further."""
        return self._last


producer: Final = Producer()

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=producer.restart)
