"""Asking `contexta trend` as people do."""

import io
import json
import os
import subprocess
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pytest

from contexta_processor.cli.main import run

Words = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def say() -> Words:
    """One command line, run in this process; its exit code and output."""

    def call(
        *words: str | Path, code: int = 0, width: int = 120
    ) -> "subprocess.CompletedProcess[str]":
        out, err = io.StringIO(), io.StringIO()
        before = os.environ.get("COLUMNS")
        os.environ["COLUMNS"] = str(width)
        try:
            with redirect_stdout(out), redirect_stderr(err):
                ended = run([str(word) for word in words])
        finally:
            os.environ.pop("COLUMNS") if before is None else os.environ.update(COLUMNS=before)
        assert ended == code, (out.getvalue(), err.getvalue())
        return subprocess.CompletedProcess([], ended, out.getvalue(), err.getvalue())

    return call


@pytest.fixture(scope="session")
def ask(say: Words) -> Callable[..., Any]:
    """`contexta trend … --json` of a data directory."""

    def call(data: Path, *words: str) -> Any:
        return json.loads(say("trend", *words, "--json", "--data", data).stdout)

    return call
