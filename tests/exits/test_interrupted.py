"""A real job and a real server: what is shown while a job is silent, gone, or back."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from server.running import CONTEXTA, Server, environment, launch, serve_command
from waiting import wait_until

from contexta_processor.base.data_dir import DataDir

LOOP = """
import os, time, contexta
with contexta.run('p', id='r1'), contexta.stage('train'):
    print('ready')
    while not os.path.exists('stop'):
        contexta.log_metric('loss', 1.0)
        time.sleep(0.05)
"""


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Starts a server to which five seconds of silence are enough: a busy machine may be behind by two or three."""
    running: list[Server] = []

    def start(*options: str) -> Server:
        log = tmp_path / f"serve-{len(running)}.log"
        root, impatient = tmp_path / "data", environment(CONTEXTA_STALE_AFTER_S="5")
        process, addresses = launch(serve_command(root, *options), root, log, impatient)
        running.append(Server(process, DataDir(root), log, addresses))
        return running[-1]

    yield start
    for server in running:
        if server.process.poll() is None:
            server.kill()


def contexta(*words: str | Path) -> str:
    """What a command prints."""
    done = subprocess.run(
        [CONTEXTA, *map(str, words)],
        capture_output=True,
        text=True,
        timeout=60,
        env=environment(),
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_killed_suspended_and_back(serve, job, tmp_path):
    """SIGSTOP: interrupted in runs, show, SQL and API, export unchanged by the time. SIGCONT: running
    again. SIGKILL: interrupted for good, with the open stage said."""
    import json

    server = serve()
    data = server.data.root
    one = job(LOOP, CONTEXTA_ENDPOINT=f"http://{server.addresses['grpc']}")
    one.says("ready")

    def status() -> str:
        rows = json.loads(contexta("runs", "--data", data, "--json"))["runs"]
        return rows[0]["status"] if rows else ""

    wait_until(lambda: status() == "running", "the run to be shown as running")
    one.process.send_signal(signal.SIGSTOP)
    wait_until(lambda: status() == "interrupted", "the silent run to be shown as interrupted")
    assert "interrupted" in contexta("show", "r1", "--data", data)
    sql = "SELECT r.status, s.status AS stage FROM runs r JOIN stages s USING (run_id)"
    rows = json.loads(contexta("sql", sql, "--data", data, "--json"))
    assert rows == [{"stage": "interrupted", "status": "interrupted"}]
    assert '"interrupted"' in server.get("web", "/api/runs")
    exported = contexta("export", "r1", "--data", data)
    assert '"status":"running"' in exported.replace(" ", "")
    assert "run_interrupted" not in exported

    one.process.send_signal(signal.SIGCONT)
    wait_until(lambda: status() == "running", "the run to be running again")
    one.process.kill()
    one.ended()
    wait_until(lambda: status() == "interrupted", "the killed run to be shown as interrupted")

    def settled() -> str:
        """What is exported, once nothing that the job still sent is on its way into the store."""
        exported = contexta("export", "r1", "--data", data)
        return exported if contexta("export", "r1", "--data", data) == exported else ""

    first = wait_until(settled, "the killed run's last evidence")
    reasons = "SELECT DISTINCT reason FROM degraded_markers ORDER BY reason"
    found = {
        row["reason"] for row in json.loads(contexta("sql", reasons, "--data", data, "--json"))
    }
    assert {"run_interrupted", "stage_interrupted", "producer_not_closed"} <= found
    assert contexta("export", "r1", "--data", data) == first


def test_a_server_that_comes_after_the_job_has_everything(serve, job, tmp_path, free_port):
    """Endpoint away for the whole job, the server started afterwards, contexta-ship: complete, closed,
    nothing missing."""
    import json

    one = job(
        "import contexta\n"
        "with contexta.run('p', id='r1'), contexta.stage('train'):\n"
        "    for step in range(300): contexta.log_metric('loss', step, step=step)\n",
        CONTEXTA_ENDPOINT=f"http://127.0.0.1:{free_port}",
    )
    assert one.ended() == 0
    server = serve("--grpc", f"127.0.0.1:{free_port}")
    shipped = subprocess.run(
        [sys.executable, "-m", "contexta.ship", one.spool],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert shipped.returncode == 0, shipped.stderr
    sql = (
        "SELECT r.status, p.missing_count, p.dropped_count, p.closed, "
        "(SELECT count(*) FROM metrics) AS metrics, "
        "(SELECT count(*) FROM degraded_markers) AS markers FROM runs r JOIN producers p USING (run_id)"
    )

    def rows() -> Any:
        return json.loads(contexta("sql", sql, "--data", server.data.root, "--json"))

    wait_until(rows, "the run to be shown")
    whole = {"closed": True, "dropped_count": 0, "markers": 0, "metrics": 300, "missing_count": 0}
    wait_until(lambda: rows() == [{**whole, "status": "completed"}], "the whole of it")
