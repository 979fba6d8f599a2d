"""A real server on free ports, and a shell environment without anybody's OTEL_* in it."""

import os
import signal
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from server.running import CONTEXTA, FREE, launch


@contextmanager
def serving(data: Path) -> Generator[dict[str, Any]]:
    """`contexta serve` for as long as the block lasts; gives its serve.json."""
    command = [CONTEXTA, "serve", "--data", str(data), *FREE]
    server, addresses = launch(command, data, data.with_name(f"{data.name}.log"))
    try:
        yield addresses
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(60)


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
