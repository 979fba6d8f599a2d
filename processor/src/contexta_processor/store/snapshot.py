"""Copies of the evidence database that others may open: for user SQL beside a running server.

A snapshot is a whole database file, written under a temporary name and renamed, so that whoever
opens it never sees half of one.
"""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import duckdb

_NAME = "snapshot-{position}.duckdb"
GRACE_S = 60.0
"""How long after it was handed out a snapshot stays: whoever asked opens it a moment later."""


class SnapshotCache:
    """The newest snapshot, made again when the evidence has moved on."""

    def __init__(self, connect: Callable[[], duckdb.DuckDBPyConnection], directory: Path) -> None:
        """connect: a cursor of the database that is being written. directory: where snapshots live."""
        self._connect = connect
        self._directory = directory
        self._lock = threading.Lock()
        self._handed_out: dict[Path, float] = {}
        for old in directory.glob("snapshot-*"):
            old.unlink()

    def path(self) -> Path:
        """A snapshot of everything committed when this was called; made only if there is something new."""
        with self._lock:
            connection = self._connect()
            try:
                found = self._fresh(connection)
                self._handed_out[found] = time.monotonic()
                return found
            finally:
                connection.close()

    def _fresh(self, connection: duckdb.DuckDBPyConnection) -> Path:
        found = connection.execute(
            "SELECT position, (SELECT count(*) FROM store.dirty_runs), (SELECT count(*) FROM store.pruned) "
            "FROM store.journal_position"
        ).fetchone()
        state = "-".join(map(str, found or (0, 0, 0)))
        target = self._directory / _NAME.format(position=state)
        if target.exists():
            return target
        self._directory.mkdir(parents=True, exist_ok=True)
        unfinished = target.with_suffix(f".{time.monotonic_ns()}.tmp")
        quoted = str(unfinished).replace("'", "''")
        name = connection.execute("SELECT current_database()").fetchone()
        source = str(name[0]) if name else "evidence"
        connection.execute(f"ATTACH '{quoted}' AS snapshot (STORAGE_VERSION 'v1.5.0')")
        try:
            connection.execute(f'COPY FROM DATABASE "{source}" TO snapshot')
        finally:
            connection.execute("DETACH snapshot")
        self._remove_old()
        unfinished.rename(target)
        return target

    def _remove_old(self) -> None:
        """Snapshots nobody can be about to open any more."""
        now = time.monotonic()
        for old in self._directory.glob(_NAME.format(position="*")):
            if now - self._handed_out.get(old, 0.0) > GRACE_S:
                old.unlink()
                self._handed_out.pop(old, None)
