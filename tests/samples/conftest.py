"""The nights in a data directory, and `contexta samples` as people type it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from compare.emission import take_in
from samples.story import nights

from contexta_processor.cli.main import run

Say = Callable[..., str]
Ask = Callable[..., Any]


@pytest.fixture(scope="session")
def story(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Data directory of the nights."""
    return take_in(tmp_path_factory.mktemp("nights") / "data", *nights())


@pytest.fixture
def say(story: Path, capsys: pytest.CaptureFixture[str]) -> Say:
    """Standard output of one call, or standard error where an exit code is expected."""

    def call(*words: str | Path, code: int = 0, data: Path | None = None) -> str:
        capsys.readouterr()
        done = run(["samples", *map(str, words), "--data", str(data or story)])
        out, err = capsys.readouterr()
        assert done == code, err
        return err if code else out

    return call


@pytest.fixture
def ask(say: Say) -> Ask:
    """The JSON document of one call."""
    return lambda *words, **more: json.loads(say(*words, "--json", **more))
