"""pandas and polars, told about: what is read is a consumed data set."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pytest
from integrations.conftest import Told

import contexta

DATASETS = """
    SELECT attributes ->> '$."contexta.dataset.name"', path, sha256,
           CAST(attributes ->> '$."contexta.dataset.row_count"' AS INTEGER),
           attributes ->> '$."contexta.dataset.fingerprint"'
    FROM artifacts WHERE kind = 'dataset_snapshot' ORDER BY occurred_at"""


@pytest.fixture(autouse=True)
def _readers(instrumented: Callable[..., None]) -> None:
    instrumented("pandas", "polars")


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Three rows as CSV."""
    path = tmp_path / "claims.csv"
    path.write_text("a,b\n1,x\n2,y\n3,z\n")
    return path


@pytest.mark.parametrize("library", [pd, pl])
def test_a_table_that_is_read_is_a_consumed_data_set(told: Told, table: Path, library: Any) -> None:
    """Path, hash of the file, rows, fingerprint of the content; the same content once a run."""
    with contexta.run("claims"):
        frame = library.read_csv(table)
        library.read_csv(str(table))
    assert len(frame) == 3
    ((name, path, sha256, rows, fingerprint),) = told.rows(DATASETS)
    assert (name, path, rows) == ("claims", str(table), 3)
    assert sha256 == hashlib.sha256(table.read_bytes()).hexdigest()
    assert fingerprint.startswith(f"sha256-{library.__name__}:")
    assert told.values("SELECT type FROM relationships") == ["consumed"]


def test_equal_content_has_the_same_id_in_every_run_and_format(told: Told, table: Path) -> None:
    """Which is what makes two runs comparable by their data."""
    pd.read_csv(table).to_parquet(table.with_suffix(".parquet"))
    with contexta.run("claims"):
        pd.read_csv(table)
    with contexta.run("claims"):
        pd.read_parquet(table.with_suffix(".parquet"))
    assert told.values("SELECT count(DISTINCT artifact_id) FROM artifacts") == [1]
    assert told.values("SELECT count(*) FROM relationships WHERE type = 'consumed'") == [2]


def test_other_content_is_another_data_set(told: Told, table: Path) -> None:
    """Even under the same path."""
    with contexta.run("claims"):
        pd.read_csv(table)
        table.write_text("a,b\n1,x\n")
        pd.read_csv(table)
    assert [row[3] for row in told.rows(DATASETS)] == [3, 1]


def test_what_is_read_later_is_told_by_its_path(told: Told, table: Path) -> None:
    """Chunks and lazy frames have no content yet; reading goes on as it would."""
    with contexta.run("claims"):
        chunks = pd.read_csv(table, chunksize=2)
        lazy = pl.scan_csv(table)
    assert [len(one) for one in chunks] == [2, 1]
    assert lazy.collect().height == 3
    assert [row[1:4] for row in told.rows(DATASETS)] == [
        (str(table), hashlib.sha256(table.read_bytes()).hexdigest(), None)
    ]


def test_cells_that_cannot_be_hashed_leave_the_file(told: Told, tmp_path: Path) -> None:
    """Lists inside cells have no fingerprint; the file has its hash."""
    path = tmp_path / "nested.json"
    path.write_text('[{"a": [1, 2]}, {"a": [3]}]')
    with contexta.run("claims"):
        pd.read_json(path)
    ((_, shown, sha256, rows, _),) = told.rows(DATASETS)
    assert (shown, rows) == (str(path), 2)
    assert sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_file_that_is_not_there_raises_as_ever(told: Told, tmp_path: Path) -> None:
    """And is no data set."""
    with contexta.run("claims"), pytest.raises(FileNotFoundError):
        pd.read_csv(tmp_path / "absent.csv")
    assert told.rows(DATASETS) == []


def test_reading_outside_a_run_tells_nothing(told: Told, table: Path) -> None:
    """Silent, and without a warning."""
    pd.read_csv(table)
    pl.read_csv(table)
    assert told.is_empty()
