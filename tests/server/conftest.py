"""Servers for tests, and a look into the stores they leave."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from server.running import Server, start_server

from contexta_processor.base.data_dir import DataDir
from contexta_processor.base.statement import Statement
from contexta_processor.store.file import FileQuery


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Starts servers, and ends what is left of them."""
    running: list[Server] = []

    def start(data: Path | None = None, *options: str) -> Server:
        server = start_server(data or tmp_path / "data", tmp_path, *options)
        running.append(server)
        return server

    yield start
    for server in running:
        if server.process.poll() is None:
            server.kill()


@pytest.fixture
def operations() -> Callable[[DataDir], list[str]]:
    """Names of the operations in a store that no server runs on."""

    def read(data: DataDir) -> list[str]:
        query = FileQuery.open(data.database)
        text = "SELECT operation FROM operations ORDER BY operation"
        names = query.query(Statement("test/operations", text)).column(0).to_pylist()
        query.close()
        return names

    return read


@pytest.fixture
def quarantined() -> Callable[[DataDir], list[dict[str, Any]]]:
    """Rows of the quarantine table in a store that no server runs on."""

    def read(data: DataDir) -> list[dict[str, Any]]:
        query = FileQuery.open(data.database)
        text = "SELECT signal, reason, path, run_ids, item_count FROM quarantine ORDER BY reason"
        rows = query.query(Statement("test/quarantine", text)).to_pylist()
        query.close()
        return rows

    return read
