"""Between the job and the network: a queue bounded in count and bytes, with its losses counted.

A full queue makes the caller wait a moment (`wait_s`); then the oldest items go to the spool. Where
there is none, or it takes no more, the newest item is dropped and its cause counted, and nobody
waits while the endpoint is known to be away: the job comes first.
"""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from contexta.delivery.items import Item

_OVERFLOW_BYTES: Final = 2_000_000


class DropCounts:
    """How much numbered evidence was lost here, by cause."""

    def __init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """From nothing, with a new lock, as a forked child must."""
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()

    def add(self, cause: str, count: int) -> None:
        """`count` numbered items are lost because of `cause`."""
        if count > 0:
            with self._lock:
                self._counts[cause] += count

    def by_cause(self) -> dict[str, int]:
        """The counts so far, causes in alphabetical order."""
        with self._lock:
            return dict(sorted(self._counts.items()))

    @property
    def total(self) -> int:
        """All causes together."""
        with self._lock:
            return sum(self._counts.values())


class Overflow(Protocol):
    """Where items go that the queue has no room for."""

    def ready(self) -> bool:
        """Whether it can take some."""
        ...

    @property
    def trouble(self) -> str:
        """Why it takes none: the cause its losses are counted under; empty where there is none."""
        ...

    def put_aside(self, items: Sequence[Item]) -> None:
        """Take these, or count them as lost."""
        ...


class EvidenceQueue:
    """First in, first out. `put` from any thread, `take` from the exporter's."""

    def __init__(self, max_items: int, max_bytes: int, wait_s: float, drops: DropCounts) -> None:
        self._max_items = max_items
        self._max_bytes = max_bytes
        self._wait_s = wait_s
        self._drops = drops
        self.endpoint_away = False
        self.overflow: Overflow | None = None
        self.waits_elsewhere: Callable[[], bool] = lambda: False
        self.clear()

    def clear(self) -> None:
        """Empty, with new locks (a forked child: the items and the locks are its parent's)."""
        self._items: deque[Item] = deque()
        self._bytes = 0
        self._in_flight = 0
        self._overflowing = 0
        self._urgent = False
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)

    def put(self, item: Item, *, urgent: bool = False) -> bool:
        """Add one item; False if it had to be dropped. `urgent` sends without waiting for more."""
        with self._lock:
            if not self._has_room(item):
                self._wait_for_room(item)
            excess: list[Item] = []
            if not self._has_room(item):
                if self.overflow is None or not self.overflow.ready():
                    self._drops.add(self._cause(), item.evidence)
                    return False
                excess = self._cut(self._max_items, max(_OVERFLOW_BYTES, item.size))
                self._overflowing += 1
            self._items.append(item)
            self._bytes += item.size
            if urgent or len(self._items) in (1, 256):
                self._urgent |= urgent
                self._changed.notify_all()
        if excess:
            self._put_aside(excess)
        return True

    def _cause(self) -> str:
        return (self.overflow.trouble if self.overflow is not None else "") or "queue_full"

    def _put_aside(self, excess: list[Item]) -> None:
        """On the caller's thread: it is faster than we can send, and must not run ahead for ever."""
        try:
            if self.overflow is not None:
                self.overflow.put_aside(excess)
        finally:
            with self._lock:
                self._overflowing -= 1
                self._changed.notify_all()

    def _has_room(self, item: Item) -> bool:
        if len(self._items) >= self._max_items:
            return False
        return not self._items or self._bytes + item.size <= self._max_bytes

    def _wait_for_room(self, item: Item) -> None:
        deadline = time.monotonic() + self._wait_s
        spools = self.overflow is not None and self.overflow.ready()
        while (spools or not self.endpoint_away) and not self._has_room(item):
            left = deadline - time.monotonic()
            if left <= 0:
                return
            self._urgent = True
            self._changed.notify_all()
            self._changed.wait(left)

    def take(self, max_items: int, max_bytes: int, delay_s: float) -> list[Item]:
        """The next batch: as soon as `delay_s` has passed since there was something, or at once if
        something is urgent or the batch is full. May be empty when nothing came for `delay_s`."""
        with self._lock:
            if not self._items:
                self._changed.wait(delay_s)
            deadline = time.monotonic() + delay_s
            while self._items and not self._urgent and len(self._items) < max_items:
                left = deadline - time.monotonic()
                if left <= 0:
                    break
                self._changed.wait(left)
            batch = self._cut(max_items, max_bytes)
            self._in_flight = len(batch)
            if not self._items:
                self._urgent = False
            return batch

    def _cut(self, max_items: int, max_bytes: int) -> list[Item]:
        batch: list[Item] = []
        size = 0
        while self._items and len(batch) < max_items:
            if batch and size + self._items[0].size > max_bytes:
                break
            item = self._items.popleft()
            size += item.size
            batch.append(item)
        self._bytes -= size
        self._changed.notify_all()
        return batch

    def settled(self) -> None:
        """The batch taken last is delivered or counted as lost."""
        with self._lock:
            self._in_flight = 0
            self._changed.notify_all()

    def wake(self) -> None:
        """Send what is there now."""
        with self._lock:
            self._urgent = True
            self._changed.notify_all()

    def wait_until_empty(self, timeout_s: float, *, patient: bool = True) -> bool:
        """Whether everything was delivered within `timeout_s`; not `patient`: give up as soon as
        the endpoint is known to be away."""
        deadline = time.monotonic() + timeout_s
        with self._lock:
            while self._items or self._in_flight or self._overflowing or self.waits_elsewhere():
                left = deadline - time.monotonic()
                if left <= 0 or (self.endpoint_away and not patient):
                    return False
                self._urgent = True
                self._changed.notify_all()
                self._changed.wait(min(left, 0.2))
            return True

    def mark_away(self, away: bool) -> None:
        """The endpoint does not answer (or does again)."""
        with self._lock:
            self.endpoint_away = away
            self._changed.notify_all()

    def move_to_overflow(self) -> None:
        """Put everything aside that waits here."""
        with self._lock:
            excess = self._cut(self._max_items, self._max_bytes)
            self._overflowing += 1
        self._put_aside(excess)

    def take_rest(self) -> list[Item]:
        """Everything that is left, without waiting."""
        with self._lock:
            rest = list(self._items)
            self._items.clear()
            self._bytes = 0
            self._changed.notify_all()
            return rest

    @property
    def in_flight(self) -> int:
        """Items of the batch that is being sent."""
        return self._in_flight

    def __len__(self) -> int:
        return len(self._items)
