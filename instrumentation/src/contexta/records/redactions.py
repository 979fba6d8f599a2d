"""What a run says about what was masked in it: at once when it begins, the rest when it ends.

A killed run has said it then, and the counts of its markers add up to what was masked.
"""

from __future__ import annotations

import threading
from typing import Final, NamedTuple

from contexta.base.coerce import Attributes
from contexta.records import events


class _Kind(NamedTuple):
    reason: str
    severity: str
    detail: str


_MASKED: Final = _Kind("values_masked", "info", "credentials, by name or by shape")
_FAILED: Final = _Kind("redaction_failed", "warning", "redact() raised: texts left out")


class Redactions:
    """The counts of one run (or deployment) in one process that no marker has told yet."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._untold = {_MASKED: 0, _FAILED: 0}
        self._begun: set[_Kind] = set()

    def add(self, masked: int, failed: int) -> list[Attributes]:
        """Count some more. Returns: the markers to send now, one for each kind that is new."""
        with self._lock:
            self._untold[_MASKED] += masked
            self._untold[_FAILED] += failed
            new = [
                kind for kind, count in self._untold.items() if count and kind not in self._begun
            ]
            self._begun.update(new)
            return [self._marker(kind) for kind in new]

    def rest(self) -> list[Attributes]:
        """The markers for what came after the first ones."""
        with self._lock:
            return [self._marker(kind) for kind, count in self._untold.items() if count]

    def _marker(self, kind: _Kind) -> Attributes:
        count, self._untold[kind] = self._untold[kind], 0
        return events.degraded(
            kind.reason,
            severity=kind.severity,
            category="redaction",
            detail=kind.detail,
            observed=count,
        )
