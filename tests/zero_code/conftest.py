"""Commands that know nothing of us, started the ways people start them, against a real receiver."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from emit.conftest import Receiver, serve_grpc

BIN = Path(sys.executable).parent
CONTEXTA_RUN = str(BIN / "contexta-run")
INSTRUMENT = str(BIN / "opentelemetry-instrument")

PORTABLE = "CONTEXTA_RUN_PORTABLE"

Command = Callable[..., "subprocess.CompletedProcess[str]"]


def surroundings(**variables: str) -> dict[str, str]:
    """This process's environment without settings of ours or OpenTelemetry's."""
    apart = ("CONTEXTA_", "OTEL_", "TRACEPARENT", "RANK", "WORLD_SIZE")
    clean = {
        key: value
        for key, value in os.environ.items()
        if key == PORTABLE or not key.startswith(apart)
    }
    path = f"{BIN}{os.pathsep}{clean.get('PATH', '')}"
    endpoint = variables.get("CONTEXTA_ENDPOINT", ":9")
    if endpoint.startswith("http://127.") and not endpoint.endswith(":9"):
        # Somebody listens there: a busy machine may take its time at the exit.
        clean["CONTEXTA_EXIT_TIMEOUT_S"] = "30"
    return {**clean, "PATH": path, "CONTEXTA_SPOOL": "off", **variables}


def listening() -> Iterator[Receiver]:
    """A receiver on a free port."""
    arriving = Receiver()
    server, port = serve_grpc(arriving)
    arriving.endpoint = f"http://127.0.0.1:{port}"
    yield arriving
    server.stop(0)


@pytest.fixture(params=["signals taken", "portable"])
def each_way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """contexta-run as it is here, and as it is on platforms that have less."""
    if request.param == "portable":
        monkeypatch.setenv(PORTABLE, "1")


@pytest.fixture
def ours() -> Iterator[Receiver]:
    """Where evidence goes."""
    yield from listening()


@pytest.fixture
def theirs() -> Iterator[Receiver]:
    """The user's own backend."""
    yield from listening()


@pytest.fixture
def command(ours: Receiver, tmp_path: Path) -> Command:
    """Runs a command to its end, with evidence going to `ours`."""

    def run(*words: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(word) for word in words],
            capture_output=True,
            text=True,
            timeout=60,
            cwd=tmp_path,
            env=surroundings(**{"CONTEXTA_ENDPOINT": ours.endpoint, **variables}),
            check=False,
        )

    return run
