"""Events of an open scope leave early: in child spans that have already ended.

An OpenTelemetry span is exported when it ends, and a ten-hour run ends once. So a scope's events
wait here until there are 100 of them, 256 KiB, or the oldest is 5 s old; then they leave on an
`evidence segment`, a child span of the scope. What is left at the scope's end goes on its own span.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import Final, NamedTuple, cast

from contexta.base.coerce import Attributes

MAX_EVENTS: Final = 100
MAX_BYTES: Final = 256 * 1024


class RecordedEvent(NamedTuple):
    """One event, complete: address, producer and number are among its attributes."""

    name: str
    attributes: Attributes
    at_ns: int
    size: int


class EventBuffer:
    """The events of one scope that have not left yet."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Empty, with a new lock: after a fork the events are the parent's to send."""
        self._lock = threading.Lock()
        self._events: list[RecordedEvent] = []
        self._bytes = 0
        self._oldest = 0.0
        self._index = 0

    def add(self, event: RecordedEvent) -> list[RecordedEvent]:
        """Keep one event; returns those that are to leave now (mostly none)."""
        with self._lock:
            if not self._events:
                self._oldest = time.monotonic()
            self._events.append(event)
            self._bytes += event.size
            full = len(self._events) >= MAX_EVENTS or self._bytes >= MAX_BYTES
            return self._take() if full else []

    def take(self, older_than_s: float = 0.0) -> list[RecordedEvent]:
        """All events, if the oldest has waited that long."""
        with self._lock:
            if not self._events or time.monotonic() - self._oldest < older_than_s:
                return []
            return self._take()

    def _take(self) -> list[RecordedEvent]:
        events, self._events = self._events, []
        self._bytes = 0
        return events

    def next_index(self) -> int:
        """Place of the next segment among those of this scope and producer."""
        with self._lock:
            self._index += 1
            return self._index - 1


def size_of(attributes: Attributes) -> int:
    """Roughly the bytes an event's attributes take on the wire."""
    size = 48 * len(attributes)
    for value in attributes.values():
        if type(value) is str:
            size += len(value)
        elif type(value) is list or type(value) is tuple:
            items = cast("Sequence[object]", value)
            size += 12 * len(items)
            if items and type(items[0]) is str:
                size += sum(map(len, cast("Sequence[str]", items)))  # one type per list
    return size
