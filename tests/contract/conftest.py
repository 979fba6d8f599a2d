"""One real server for the tests of a module."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from contract.doors import Server, start


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of its own for the module, stopped at its end."""
    running = start(tmp_path_factory.mktemp("contract") / "data")
    yield running
    if running.process.poll() is None:
        running.stop()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Where a data directory may be made."""
    return tmp_path / "data"
