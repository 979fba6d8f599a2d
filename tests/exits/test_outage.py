"""A real server that goes away for longer than anybody retries, and comes back: the numbers are equal."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from exits.conftest import CONTEXTA, environment, read
from ports import free_port
from server.running import launch
from waiting import wait_until

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
        doors = zip(("--grpc", "--http", "--web"), self._ports, strict=True)
        where = [word for door, port in doors for word in (door, f"127.0.0.1:{port}")]
        command = [CONTEXTA, "serve", "--data", str(self.data), *where]
        log = self.data.with_name("serve.log")
        self._process, _ = launch(command, self.data, log, environment())

    def stop(self) -> None:
        """In order."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(60)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """Not started yet."""
    made = Server(tmp_path / "store")
    made.data.mkdir()
    yield made
    made.stop()


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
    wait_until(lambda: counted(server)["metrics"] > 0, "the first metrics")
    server.stop()
    begun = time.monotonic()

    def away_for_long() -> bool:
        return time.monotonic() - begun > AWAY_S and waiting(training.spool) >= 10

    wait_until(away_for_long, "ten files in the spool")
    files = waiting(training.spool)
    server.start()
    wait_until(lambda: waiting(training.spool) < files, "some to be delivered while it runs")
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
    wait_until(lambda: counted(server)["metrics"] >= steps, "all metrics")
    assert counted(server) == expected
