"""Where a record goes, and what finds that out."""

from __future__ import annotations

import abc

from contexta.base.coerce import Attributes, Instant
from contexta.records.capture import Work


class Sink(abc.ABC):
    """Where a record goes: one open scope."""

    @abc.abstractmethod
    def record(
        self, name: str, attributes: Attributes, at: Instant | None, captured_by: str | None
    ) -> None:
        """Record one event here and now (or at the given time)."""

    @abc.abstractmethod
    def record_later(
        self,
        name: str,
        known: Attributes,
        work: Work,
        at: Instant | None,
        captured_by: str | None,
        unfinished: str,
    ) -> None:
        """Record one event whose other attributes `work` finds out on another thread; if it does
        not in time, the event goes without them and a degraded marker `unfinished` says so."""


class Recorder(abc.ABC):
    """Something that has `log_…` calls."""

    @abc.abstractmethod
    def _sink(self, call: str) -> Sink | None:
        """The open scope to record on, or None (already said why)."""
