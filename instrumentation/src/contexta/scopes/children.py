"""What forked children have counted, as their parent sees it.

A child that is killed before anything of it left would leave no gap: nobody has heard of it. So a
process that forks inside a run decides what the child's producer is called, and shares one integer
with it, in which the child keeps how many numbers it has given out. The parent tells it with its
heartbeats and at the end of the run; what of it never arrives is then known to be missing.

    parent:  before fork ─ id, place ─► after ─ tells of it while the run is open
                              │
    child:                    └──► counts into the place, for as long as it lives
"""

from __future__ import annotations

import mmap
import os
import threading
from typing import Final

from contexta.base.coerce import Attributes
from contexta.base.misuse import note_internal_error
from contexta.base.sequence import new_ulid, producer
from contexta.emitter import lifecycle
from contexta_semconv import attributes as names

_PLACES: Final = mmap.PAGESIZE // 8
_MOST_AT_ONCE: Final = 500


class _Child:
    """One child, by what is shared with it."""

    __slots__ = ("count", "id", "run_id", "told")

    def __init__(self, run_id: str, count: memoryview) -> None:
        self.id = new_ulid()
        self.run_id = run_id
        self.count = count
        self.told = 0


class _Next(threading.local):
    """The child that this thread is about to fork."""

    child: _Child | None = None


class Children:
    """Those of this process, and the memory shared with them."""

    def __init__(self) -> None:
        self._next = _Next()
        self.forget()

    def forget(self) -> None:
        """None yet (in a child: those were its parent's)."""
        self._lock = threading.Lock()
        self._children: list[_Child] = []
        self._block: memoryview | None = None
        self._used = 0

    def before_fork(self) -> None:
        """Make ready for one more, if a run is open here."""
        self._next.child = None
        try:
            around = lifecycle.hooks.address_of(None)
            if around is not None and around.run_id:
                self._next.child = _Child(around.run_id, self._place())
        except Exception as fault:
            note_internal_error("sharing a count with a child", fault)

    def after_in_parent(self) -> None:
        """It is there (or the fork failed: then it never counts)."""
        child, self._next.child = self._next.child, None
        if child is not None:
            with self._lock:
                self._children.append(child)

    def after_in_child(self) -> None:
        """Be the producer that the parent knows."""
        child, self._next.child = self._next.child, None
        self.forget()
        if child is not None:
            producer.restart(child.id, child.count)

    def _place(self) -> memoryview:
        """One integer, at 0, in memory that a fork leaves shared."""
        with self._lock:
            if self._block is None or self._used == _PLACES:
                self._block, self._used = memoryview(mmap.mmap(-1, mmap.PAGESIZE)).cast("q"), 0
            self._used += 1
            return self._block[self._used - 1 : self._used]

    def news_of(self, run_id: str) -> list[Attributes]:
        """The children forked inside a run that have counted on since they were told of last: for a
        heartbeat, or several if there are very many."""
        with self._lock:
            counts = [(one, one.count[0]) for one in self._children if one.run_id == run_id]
            moved = [(one, count) for one, count in counts if count > one.told]
            for one, count in moved:
                one.told = count
        return [
            {
                names.CONTEXTA_HEARTBEAT_CHILD_IDS: [one.id for one, _ in piece],
                names.CONTEXTA_HEARTBEAT_CHILD_LAST_SEQS: [count - 1 for _, count in piece],
            }
            for piece in (
                moved[at : at + _MOST_AT_ONCE] for at in range(0, len(moved), _MOST_AT_ONCE)
            )
        ]

    def let_go(self, run_id: str) -> None:
        """The run has ended; nothing of it is told any more."""
        with self._lock:
            self._children = [one for one in self._children if one.run_id != run_id]


children: Final = Children()

if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=children.before_fork,
        after_in_parent=children.after_in_parent,
        after_in_child=children.after_in_child,
    )
