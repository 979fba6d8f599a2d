"""SQL beside a running writer: on a copy that stays as long as somebody is about to open it."""

from pathlib import Path

import duckdb
import pytest
from compare.emission import Run, take_in

from contexta_processor.store.snapshot import SnapshotCache
from contexta_processor.surfaces.sandbox.sandbox import run_sql


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store with one run."""
    return take_in(tmp_path / "data", Run("r").metric("m", 1))


def test_a_snapshot_is_made_again_only_when_the_evidence_moved_on(store: Path) -> None:
    """The same file for the same evidence; another one after a commit."""
    with duckdb.connect(str(store / "evidence.duckdb")) as writer:
        snapshots = SnapshotCache(writer.cursor, store / "snapshots")
        first = snapshots.path()
        assert snapshots.path() == first
        writer.execute("UPDATE store.journal_position SET position = position + 1")
        assert snapshots.path() != first


def test_a_snapshot_that_was_handed_out_outlives_the_next_one(store: Path) -> None:
    """Between being told the path and opening it, new evidence may arrive."""
    with duckdb.connect(str(store / "evidence.duckdb")) as writer:
        snapshots = SnapshotCache(writer.cursor, store / "snapshots")
        first = snapshots.path()
        writer.execute("UPDATE store.journal_position SET position = position + 1")
        second = snapshots.path()
        for path in (first, second):
            assert run_sql("SELECT run_id FROM runs", database=path).to_pylist() == [
                {"run_id": "r"}
            ]


def test_what_a_killed_server_left_is_removed(store: Path) -> None:
    """Whole and half snapshots of an earlier process go when the next one starts."""
    (store / "snapshots").mkdir()
    for name in ("snapshot-1-0.duckdb", "snapshot-1-0.5.tmp"):
        (store / "snapshots" / name).write_bytes(b"old")
    with duckdb.connect(str(store / "evidence.duckdb")) as writer:
        SnapshotCache(writer.cursor, store / "snapshots")
    assert list((store / "snapshots").iterdir()) == []
