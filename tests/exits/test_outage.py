"""A real server that goes away for longer than anybody retries, and comes back: the numbers are equal."""

from __future__ import annotations

import json
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from exits.conftest import CONTEXTA, environment, read

# Longer than the ten seconds after which OpenTelemetry's own exporters give up, and than two of our
# longest pauses between attempts; two evidence segments a second, so that many files come together.
AWAY_S = 12.0
SEGMENT_S = "0.4"

TRAINING = """
import pathlib, time, contexta
with contexta.run('p', id='r1'), contexta.stage('train'):
    step = 0
    while not pathlib.Path('enough').exists():
        contexta.log_metric('loss', step, step=step)
        step += 1
        if step == 50: print('running')
        time.sleep(0.005)
print(step, sum(contexta.dropped().values()))
"""

COUNTS = """
SELECT (SELECT count(*) FROM metrics) AS metrics,
       (SELECT count(DISTINCT step) FROM metrics) AS steps,
       (SELECT sum(missing_count)::INTEGER FROM producers) AS missing,
       (SELECT sum(dropped_count)::INTEGER FROM producers) AS dropped,
       (SELECT bool_and(closed) FROM producers) AS closed,
       (SELECT min(status) FROM runs) AS status
"""


class Server:
    """`contexta serve` on the same ports each time."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self._ports = [free_port() for _ in range(3)]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def endpoint(self) -> str:
        """Where evidence goes."""
        return f"http://127.0.0.1:{self._ports[0]}"

    def start(self) -> None:
        """Until it says that it is ready."""
        said = self.data / "serve.json"
        said.unlink(missing_ok=True)
        doors = zip(("--grpc", "--http", "--web"), self._ports, strict=True)
        where = [word for door, port in doors for word in (door, f"127.0.0.1:{port}")]
        self._process = subprocess.Popen(
            [CONTEXTA, "serve", "--data", str(self.data), *where],
            env=environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_until(said.exists)
        json.loads(said.read_text())

    def stop(self) -> None:
        """In order."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(30)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """Not started yet."""
    made = Server(tmp_path / "store")
    made.data.mkdir()
    yield made
    made.stop()


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(holds: Callable[[], bool], timeout_s: float = 60) -> None:
    """Until it holds."""
    deadline = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < deadline, "it never came to hold"
        time.sleep(0.05)


def waiting(spool: Path) -> int:
    """How many files wait in a spool."""
    return len(list(spool.glob("*/*.binpb")))


def counted(server: Server) -> dict[str, Any]:
    """What the server has."""
    (row,) = read("sql", COUNTS, "--data", str(server.data))
    return row


def test_an_outage_longer_than_any_retry_loses_nothing(
    job: Any, server: Server, tmp_path: Path
) -> None:
    """Delivered before, kept on disk meanwhile in many files, delivered after: each number once."""
    server.start()
    training = job(TRAINING, CONTEXTA_ENDPOINT=server.endpoint, CONTEXTA_SEGMENT_S=SEGMENT_S)
    training.says("running")
    wait_until(lambda: counted(server)["metrics"] > 0)
    server.stop()
    begun = time.monotonic()
    wait_until(lambda: time.monotonic() - begun > AWAY_S and waiting(training.spool) >= 10)
    files = waiting(training.spool)
    server.start()
    wait_until(lambda: waiting(training.spool) < files)  # by itself, while it runs
    (tmp_path / "enough").touch()
    out, _ = training.process.communicate(timeout=60)
    steps, dropped = (int(word) for word in out.split())
    assert dropped == 0
    subprocess.run(
        [CONTEXTA.replace("contexta", "contexta-ship"), str(training.spool)],
        env=environment(),
        check=True,
        capture_output=True,
    )
    assert waiting(training.spool) == 0
    expected = {
        "metrics": steps,
        "steps": steps,
        "missing": 0,
        "dropped": 0,
        "closed": True,
        "status": "completed",
    }
    wait_until(lambda: counted(server)["metrics"] >= steps)
    assert counted(server) == expected
