"""The documents' story in a data directory, and `contexta` run as people run it."""

import io
import os
import subprocess
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest
from cli.story_store import CONTEXTA, Contexta, Store, tell

from contexta_processor.cli.main import run


@pytest.fixture
def build(tmp_path: Path) -> Store:
    """An empty store to tell things to; close it before reading."""
    return Store(tmp_path / "data")


@pytest.fixture(scope="session")
def story(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Data directory with the support bot's runs, artifacts, relations and deployment."""
    directory = tmp_path_factory.mktemp("story")
    store = Store(directory)
    tell(store)
    store.close()
    return directory


@pytest.fixture(scope="session")
def contexta() -> Contexta:
    """One command line, run in this process; exit code and output as a finished process has them."""

    def call(*arguments: str | Path, check: int | None = 0) -> "subprocess.CompletedProcess[str]":
        words = [str(word) for word in arguments]
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            code = run(words)
        if check is not None:
            assert code == check, err.getvalue()
        return subprocess.CompletedProcess(words, code, out.getvalue(), err.getvalue())

    return call


@pytest.fixture(scope="session")
def contexta_process() -> Contexta:
    """The installed command, in a process of its own, its output in pipes."""

    def call(
        *arguments: str | Path, check: int | None = 0, env: dict[str, str] | None = None
    ) -> "subprocess.CompletedProcess[str]":
        done = subprocess.run(
            [CONTEXTA, *map(str, arguments)],
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=60,
            env={**os.environ, **(env or {})},
            check=False,
        )
        if check is not None:
            assert done.returncode == check, done.stderr
        return done

    return call
