"""Counts of what this process did, for `/metrics`."""

import threading
from collections.abc import Mapping

Labels = tuple[tuple[str, str], ...]


class Counters:
    """Named, labelled counters that only go up. Thread safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._values: dict[str, dict[Labels, int]] = {}

    def add(self, name: str, amount: int = 1, **labels: str) -> None:
        """Count `amount` more of `name` with these labels."""
        key = tuple(sorted(labels.items()))
        with self._lock:
            series = self._values.setdefault(name, {})
            series[key] = series.get(key, 0) + amount

    def get(self, name: str, **labels: str) -> int:
        """The count so far; 0 if it never happened."""
        with self._lock:
            return self._values.get(name, {}).get(tuple(sorted(labels.items())), 0)

    def snapshot(self) -> Mapping[str, Mapping[Labels, int]]:
        """All counts at one moment."""
        with self._lock:
            return {name: dict(series) for name, series in self._values.items()}
