"""Real servers, real jobs, and the real command, each a process of its own."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from server.running import CONTEXTA, FREE, Server, environment, launch

from contexta_processor.base.data_dir import DataDir

ROOT = Path(__file__).parents[2]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Starts `contexta serve` on free ports, and ends what is left of it."""
    running: list[Server] = []

    def start(data: Path | None = None) -> Server:
        root = data or tmp_path / "data"
        log = tmp_path / f"serve-{len(running)}.log"
        command = [CONTEXTA, "serve", "--data", str(root), *FREE]
        process, addresses = launch(command, root, log, environment())
        running.append(Server(process, DataDir(root), log, addresses))
        return running[-1]

    yield start
    for server in running:
        if server.process.poll() is None:
            server.kill()


@pytest.fixture
def contexta() -> Callable[..., Any]:
    """Runs a reading command; gives its JSON."""

    def ask(*words: str | Path) -> Any:
        done = subprocess.run(
            [CONTEXTA, *map(str, words), "--json"],
            capture_output=True,
            text=True,
            timeout=300,
            env=environment(),
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return ask


@pytest.fixture
def job(tmp_path: Path) -> Callable[..., "subprocess.CompletedProcess[str]"]:
    """Runs a script of a user's as a process of its own, to its end."""

    def run(code: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        script = tmp_path / "job.py"
        script.write_text(code)
        return subprocess.run(
            [sys.executable, str(script)],
            capture_output=True,
            text=True,
            timeout=300,
            cwd=tmp_path,
            env=environment(**variables),
            check=False,
        )

    return run
