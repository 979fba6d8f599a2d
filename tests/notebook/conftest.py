"""Evidence as a notebook reads it: from a directory, and through a server of that directory."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from cli.story_store import Store, tell
from contract.doors import Server, start
from trend.telemetry import Job, take_in

import contexta_processor
from contexta_processor.cli.reading import Evidence


def nights() -> list[Job]:
    """Fourteen nightly runs; the AUC drops at the ninth, and one night has none."""
    jobs: list[Job] = []
    for day in range(14):
        job = Job(f"night-{day:02}", day).stage("evaluate")
        if day != 4:
            auc = 0.9 + (day % 3) / 1000 - (0.05 if day >= 8 else 0)
            job.metric("auc", auc, stage="evaluate", higher_is_better=True)
        jobs.append(job)
    return jobs


@pytest.fixture(scope="session")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The documents' story and the nights."""
    data = tmp_path_factory.mktemp("notebook") / "data"
    store = Store(data)
    tell(store)
    store.close()
    return take_in(data, *nights())


@pytest.fixture(scope="session")
def of_file(directory: Path) -> Evidence:
    """Read straight from the file."""
    return contexta_processor.connect(directory)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """`contexta serve` on a directory of its own, with the same evidence in it."""
    data = tmp_path_factory.mktemp("served") / "data"
    store = Store(data)
    tell(store)
    store.close()
    take_in(data, *nights())
    running = start(data)
    yield running
    assert running.stop() == 0


@pytest.fixture(scope="session")
def of_server(server: Server) -> Evidence:
    """Read by the server's address."""
    address = server.addresses["web"]
    return contexta_processor.connect(address if "://" in address else f"http://{address}")
