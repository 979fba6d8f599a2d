"""Real servers, real jobs, and the real command, each a process of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from server.running import Server, wait_until

from contexta_processor.base.data_dir import DataDir

ROOT = Path(__file__).parents[2]
CONTEXTA = str(Path(sys.executable).with_name("contexta"))


def environment(**more: str) -> dict[str, str]:
    """This process's environment without settings that point elsewhere."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("CONTEXTA_", "OTEL_"))
    }
    return {**kept, **more}


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Starts `contexta serve` on free ports, and ends what is left of it."""
    running: list[Server] = []

    def start(data: Path | None = None) -> Server:
        root = data or tmp_path / "data"
        log = tmp_path / f"serve-{len(running)}.log"
        command = [CONTEXTA, "serve", "--data", str(root)]
        for door in ("--grpc", "--http", "--web"):
            command += [door, "127.0.0.1:0"]
        with log.open("wb") as stderr:
            process = subprocess.Popen(command, stderr=stderr, env=environment())
        server = Server(process, DataDir(root), log, {})
        running.append(server)

        def ready() -> Any:
            assert process.poll() is None, log.read_text()
            told = server.data.read_serve()
            return told if told and told["pid"] == process.pid else None

        server.addresses = wait_until(ready, "the server to be ready")
        return server

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
            timeout=60,
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
            timeout=60,
            cwd=tmp_path,
            env=environment(**variables),
            check=False,
        )

    return run
