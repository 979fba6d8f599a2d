"""A small evidence database of its own: what SQL does to it is what these tests are about."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """One thousand rows in `t`, closed and checkpointed, in a directory of its own."""
    directory = tmp_path / "data"
    directory.mkdir()
    path = directory / "evidence.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE t AS SELECT i AS id, i % 3 AS kind FROM range(1000) r(i)")
        connection.execute("COMMENT ON TABLE t IS 'Numbers.'")
    return path


@pytest.fixture
def fingerprint(tmp_path: Path) -> Callable[[], dict[str, str]]:
    """Every file below the test's directory with the digest of its bytes."""

    def take() -> dict[str, str]:
        return {
            str(path.relative_to(tmp_path)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(tmp_path.rglob("*"))
            if path.is_file()
        }

    return take
