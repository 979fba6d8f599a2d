"""The demo's recording in a data directory, and the command in this process."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from contexta_processor.cli.main import run


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Data directory with the demo's three runs and deployment."""
    data = tmp_path_factory.mktemp("demo") / "data"
    assert run(["demo", "--quiet", "--data", str(data)]) == 0
    return data


@pytest.fixture
def contexta(
    capfdbinary: pytest.CaptureFixture[bytes],
) -> Callable[..., "subprocess.CompletedProcess[bytes]"]:
    """One command line, run in this process."""

    def call(*words: str | Path, code: int = 0) -> "subprocess.CompletedProcess[bytes]":
        capfdbinary.readouterr()
        done = run([str(word) for word in words])
        sys.stdout.flush()
        out, err = capfdbinary.readouterr()
        assert done == code, err.decode()
        return subprocess.CompletedProcess(list(words), done, out, err)

    return call
