"""Real libraries, told about into a data directory, and read back from it."""

from __future__ import annotations

import importlib.util
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

import contexta
from contexta.base import misuse
from contexta.emitter import lifecycle
from contexta_processor import connect

NEEDED = {
    "test_told_sklearn.py": ("sklearn", "opentelemetry.instrumentation"),
    "test_told_sklearn_safely.py": ("sklearn", "opentelemetry.instrumentation"),
    "test_told_data.py": ("pandas", "polars", "opentelemetry.instrumentation"),
    "test_told_mlflow.py": ("mlflow", "opentelemetry.instrumentation"),
    "test_told_boosting.py": ("xgboost", "lightgbm", "opentelemetry.instrumentation"),
    "test_told_optuna.py": ("optuna", "opentelemetry.instrumentation"),
    "test_instrumenting.py": ("opentelemetry.instrumentation",),
    "deep_learning/test_lightning_callback.py": ("lightning",),
    "deep_learning/test_transformers_callback.py": ("transformers", "torch"),
    "deep_learning/test_keras_callback.py": ("keras", "torch"),
}


def _is_there(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ImportError:
        return False


MISSING = {
    file: [one for one in needed if not _is_there(one)]
    for file, needed in NEEDED.items()
    if not all(_is_there(one) for one in needed)
}
collect_ignore = list(MISSING)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say what was left out, and how to have it run."""
    for file, missing in MISSING.items():
        how = "test-deep-learning" if file.startswith("deep_learning/") else "test-integrations"
        terminalreporter.write_line(
            f"left out: tests/integrations/{file} ({', '.join(missing)} not installed; make {how})"
        )


class Told:
    """What was told, read back from the data directory it was told into."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def rows(self, query: str, **params: Any) -> list[tuple[Any, ...]]:
        """The rows of a statement over everything that was told so far."""
        assert contexta.flush(60)
        if list(self.directory.glob("inbox/*.binpb")):
            connect(self.directory).runs()  # every reading command takes in what waits
        with duckdb.connect(str(self.directory / "evidence.duckdb"), read_only=True) as store:
            return store.execute(textwrap.dedent(query), params or None).fetchall()

    def values(self, query: str, **params: Any) -> list[Any]:
        """The first column of those rows."""
        return [row[0] for row in self.rows(query, **params)]

    def is_empty(self) -> bool:
        """Whether nothing was told at all."""
        contexta.flush(60)
        return not list(self.directory.rglob("*.binpb"))


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Told]:
    """Everything emitted in this test goes into a data directory of its own."""
    directory = tmp_path / "evidence"
    for name in ("CONTEXTA_RUN_ID", "CONTEXTA_OPEN_RUNS", "TRACEPARENT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CONTEXTA_ENDPOINT", f"file:{directory}")
    monkeypatch.setenv("CONTEXTA_ENVIRONMENT", "0")
    contexta.shutdown()
    lifecycle.forget_settings()
    misuse.forget_warnings()
    before = misuse.internal_error_count()
    yield Told(directory)
    contexta.shutdown()
    lifecycle.forget_settings()
    assert misuse.internal_error_count() == before, "a fault of ours was swallowed"


@pytest.fixture
def instrumented() -> Iterator[Callable[..., Any]]:
    """`instrumented("sklearn", open_runs=True)` until the end of the test."""
    from contexta.integrations import instrument, uninstrument

    def begin(*names: str, **options: Any) -> None:
        assert instrument(*names, **options) == names

    yield begin
    uninstrument()
