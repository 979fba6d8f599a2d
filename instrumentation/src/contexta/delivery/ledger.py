"""What this producer says it has sent: the totals a run closes with.

Counts are over the life of the producer (one process), because its numbers are. Whoever receives
holds them against what arrived: `last_seq + 1` items, less what is counted as dropped.
"""

from __future__ import annotations

import os
import threading
from collections import Counter
from typing import Final

from contexta.base.coerce import Attributes
from contexta_semconv import attributes as names
from contexta_semconv import events

_KIND_OF: Final = {
    events.METRIC: names.CONTEXTA_LEDGER_METRIC_COUNT,
    events.METRIC_SERIES: names.CONTEXTA_LEDGER_METRIC_COUNT,
    events.SAMPLE: names.CONTEXTA_LEDGER_SAMPLE_COUNT,
    events.ARTIFACT: names.CONTEXTA_LEDGER_ARTIFACT_COUNT,
    events.DEGRADED: names.CONTEXTA_LEDGER_DEGRADED_COUNT,
}
_KINDS: Final = (*dict.fromkeys(_KIND_OF.values()), names.CONTEXTA_LEDGER_EVENT_COUNT)


class Ledger:
    """Counts by kind."""

    def __init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """From nothing, as a forked child must."""
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()

    def count_event(self, name: str) -> None:
        """One event was recorded. Events of ours that have no total of their own are not counted."""
        kind = _KIND_OF.get(name)
        if kind is None:
            if name in events.ALL:
                return
            kind = names.CONTEXTA_LEDGER_EVENT_COUNT
        with self._lock:
            self._counts[kind] += 1

    def count_span(self) -> None:
        """One evidence span is finished."""
        with self._lock:
            self._counts[names.CONTEXTA_LEDGER_SPAN_COUNT] += 1

    def attributes(self, last_seq: int, dropped: int, *, on_span: bool = True) -> Attributes:
        """The ledger event's attributes.

        last_seq: the highest number given out, that of the span which carries the ledger included.
        on_span: whether one does; it is finished right after, and counted here.
        """
        with self._lock:
            totals: Attributes = {kind: self._counts[kind] for kind in _KINDS}
            totals[names.CONTEXTA_LEDGER_SPAN_COUNT] = (
                self._counts[names.CONTEXTA_LEDGER_SPAN_COUNT] + on_span
            )
        return {
            names.CONTEXTA_LEDGER_LAST_SEQ: last_seq,
            names.CONTEXTA_LEDGER_DROPPED_COUNT: dropped,
            **totals,
        }


ledger: Final = Ledger()

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=ledger.restart)
