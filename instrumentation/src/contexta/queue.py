"""Between the job and the network: a queue bounded in count and bytes, with its losses counted.

A full queue makes the caller wait a moment (`wait_s`); then the newest item is dropped and its
cause counted. While the endpoint is known to be away nobody waits: the job comes first.
"""

from __future__ import annotations

import threading
import time
from collections import Counter, deque

from contexta.items import Item


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


class EvidenceQueue:
    """First in, first out. `put` from any thread, `take` from the exporter's."""

    def __init__(self, max_items: int, max_bytes: int, wait_s: float, drops: DropCounts) -> None:
        self._max_items = max_items
        self._max_bytes = max_bytes
        self._wait_s = wait_s
        self._drops = drops
        self.endpoint_away = False
        self.clear()

    def clear(self) -> None:
        """Empty, with new locks (a forked child: the items and the locks are its parent's)."""
        self._items: deque[Item] = deque()
        self._bytes = 0
        self._in_flight = 0
        self._urgent = False
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)

    def put(self, item: Item, *, urgent: bool = False) -> bool:
        """Add one item; False if it had to be dropped. `urgent` sends without waiting for more."""
        with self._lock:
            if not self._has_room(item):
                self._wait_for_room(item)
            if not self._has_room(item):
                self._drops.add("queue_full", item.evidence)
                return False
            self._items.append(item)
            self._bytes += item.size
            if urgent or len(self._items) in (1, 256):
                self._urgent |= urgent
                self._changed.notify_all()
            return True

    def _has_room(self, item: Item) -> bool:
        if len(self._items) >= self._max_items:
            return False
        return not self._items or self._bytes + item.size <= self._max_bytes

    def _wait_for_room(self, item: Item) -> None:
        deadline = time.monotonic() + self._wait_s
        while not self.endpoint_away and not self._has_room(item):
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
            return self._cut(max_items, max_bytes)

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
        self._in_flight = len(batch)
        if not self._items:
            self._urgent = False
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
        """Whether everything left within `timeout_s`; not `patient`: give up as soon as the
        endpoint is known to be away."""
        deadline = time.monotonic() + timeout_s
        with self._lock:
            while self._items or self._in_flight:
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

    def drop_rest(self, cause: str) -> int:
        """Give up what is left; how many items that was."""
        with self._lock:
            for item in self._items:
                self._drops.add(cause, item.evidence)
            count = len(self._items)
            self._items.clear()
            self._bytes = 0
            self._changed.notify_all()
            return count

    @property
    def in_flight(self) -> int:
        """Items of the batch that is being sent."""
        return self._in_flight

    def __len__(self) -> int:
        return len(self._items)
