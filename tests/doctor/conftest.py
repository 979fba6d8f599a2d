"""A real server on free ports, and a shell environment without anybody's OTEL_* in it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest


@contextmanager
def serving(data: Path) -> Generator[dict[str, Any]]:
    """`contexta serve` for as long as the block lasts; gives its serve.json."""
    doors = [word for flag in ("--grpc", "--http", "--web") for word in (flag, "127.0.0.1:0")]
    server = subprocess.Popen(
        [str(Path(sys.executable).with_name("contexta")), "serve", "--data", str(data), *doors],
        stderr=subprocess.PIPE,
    )
    try:
        deadline = time.monotonic() + 30
        while not (data / "serve.json").exists():
            assert server.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        yield json.loads((data / "serve.json").read_text())
    finally:
        server.send_signal(signal.SIGTERM)
        server.communicate(timeout=30)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Generator[tuple[Path, dict[str, Any]]]:
    """A served data directory with the demo in it, and its addresses."""
    from contexta_processor.cli.main import run

    data = tmp_path_factory.mktemp("served") / "data"
    assert run(["demo", "--quiet", "--data", str(data)]) == 0
    with serving(data) as addresses:
        yield data, addresses


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the shell of the tests has set is not what is tested."""
    for name in list(os.environ):
        if name.startswith(("OTEL_", "CONTEXTA_")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
