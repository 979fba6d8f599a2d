"""Stores told relations, and `contexta` run on them."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lineage.telling import Told

from contexta_processor.cli.main import run

Sql = Callable[[str], list[dict[str, Any]]]


@pytest.fixture
def told() -> Told:
    """Nothing told yet."""
    return Told()


@pytest.fixture
def contexta(
    capfd: pytest.CaptureFixture[str],
) -> Callable[..., "subprocess.CompletedProcess[str]"]:
    """One command line, run in this process."""

    def call(*words: str | Path, code: int = 0) -> "subprocess.CompletedProcess[str]":
        capfd.readouterr()
        done = run([str(word) for word in words])
        out, err = capfd.readouterr()
        assert done == code, err
        return subprocess.CompletedProcess(list(words), done, out, err)

    return call


@pytest.fixture
def lineage(contexta: Callable[..., Any]) -> Callable[..., dict[str, Any]]:
    """`contexta lineage … --json`, parsed."""

    def ask(data: Path, *words: str) -> dict[str, Any]:
        return json.loads(contexta("lineage", *words, "--json", "--data", data).stdout)

    return ask


@pytest.fixture
def inferred(contexta: Callable[..., Any]) -> Callable[[Path], set[tuple[str, str, str, str]]]:
    """Every edge a rule concluded: rule, from, type, to."""

    def ask(data: Path) -> set[tuple[str, str, str, str]]:
        query = (
            "SELECT captured_by, from_id, type, to_id, confidence, evidence FROM relationships "
            "WHERE starts_with(captured_by, 'rule:')"
        )
        rows = json.loads(contexta("sql", query, "--json", "--data", data).stdout)
        assert all(row["confidence"] == "inferred" and row["evidence"] for row in rows)
        return {(r["captured_by"], r["from_id"], r["type"], r["to_id"]) for r in rows}

    return ask
