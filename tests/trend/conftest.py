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
from trend.telemetry import NOISE, Services, retrained, take_in

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


@pytest.fixture(scope="session")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty nights: at the twelfth another version of the data, the code and one setting, and a better AUC."""
    jobs = [retrained(day, 0.90 + NOISE[day % 8]) for day in range(12)]
    jobs += [
        retrained(day, 0.93 + NOISE[day % 8], version="v2", code="def", depth=8)
        for day in range(12, 20)
    ]
    jobs[17].degraded("labels_late")
    services = Services().deployment("prod-1", 5.9, run="night-04")
    services.deployment("prod-2", 14.9, run="night-14").deployment("tried", 15, run="night-14", status="failed")  # fmt: skip
    return take_in(tmp_path_factory.mktemp("nights") / "data", *jobs, services=services)
