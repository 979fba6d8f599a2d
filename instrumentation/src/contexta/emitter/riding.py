"""Events that go along when a span of ours ends, from the scope to the span processors.

Within one thread, `span.end()` calls the processors before it returns; what is put here just before
is for that span alone.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from types import TracebackType
from typing import Final

from contexta.delivery.segments import RecordedEvent


class _Riding(threading.local):
    events: Sequence[RecordedEvent] = ()


_riding: Final = _Riding()


class riding_on_the_next_span:
    """For the block, the span that ends has these events besides its own."""

    __slots__ = ("_events",)

    def __init__(self, events: Sequence[RecordedEvent]) -> None:
        self._events = events

    def __enter__(self) -> None:
        _riding.events = self._events

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        _riding.events = ()


def events_of_this_span() -> Sequence[RecordedEvent]:
    """What goes along with the span that is being ended on this thread."""
    return _riding.events
