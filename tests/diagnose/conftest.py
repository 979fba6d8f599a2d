"""Every story in one store, and `contexta` run as people run it."""

import io
import json
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from shutil import copytree
from subprocess import CompletedProcess
from typing import Any

import pytest
from diagnose.stories import ALONE, STORIES, SUBJECT
from diagnose.telling import healthy, history, take_in
from server.running import start_server

from contexta_processor.cli.main import run

Contexta = Callable[..., "CompletedProcess[str]"]
Diagnose = Callable[..., Any]


@pytest.fixture(scope="session")
def told(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with all stories, and a healthy project."""
    runs = [told for code, story in STORIES.items() for told in story.runs(code)]
    sound = [*history("sound"), healthy("sound-now", "sound", 7)]
    return take_in(tmp_path_factory.mktemp("told"), [*runs, *sound])


@pytest.fixture(scope="session")
def contexta() -> Contexta:
    """One command line, run in this process; exit code and output as a finished process has them."""

    def call(*arguments: str | Path, check: int | None = 0) -> "CompletedProcess[str]":
        words = [str(word) for word in arguments]
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            code = run(words)
        if check is not None:
            assert code == check, err.getvalue()
        return CompletedProcess(words, code, out.getvalue(), err.getvalue())

    return call


@pytest.fixture(scope="session")
def diagnose(contexta: Contexta) -> Diagnose:
    """`contexta diagnose … --json` as an object."""

    def ask(data: Path, *words: str) -> Any:
        return json.loads(contexta("diagnose", *words, "--data", data, "--json").stdout)

    return ask


@pytest.fixture(scope="session")
def answers(told: Path, diagnose: Diagnose) -> dict[str, Any]:
    """What the command says of the run of each story, by code: one question for those that share a project."""
    alone = {each["run_id"]: each for each in diagnose(told, "-p", ALONE, "-n", "0")["runs"]}
    return {
        code: alone[f"{SUBJECT}-{code}"] if story.alone else diagnose(told, f"{SUBJECT}-{code}")
        for code, story in STORIES.items()
    }


@pytest.fixture
def served(told: Path, tmp_path: Path) -> Iterator[str]:
    """The web address of a real server that owns a copy of the stories."""
    server = start_server(Path(copytree(told, tmp_path / "served")), tmp_path)
    yield f"http://{server.addresses['web']}"
    server.stop()
