"""A `contexta serve` process of one's own: started on free ports, awaited, stopped."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

READY_SECONDS = 30.0
CATCH_UP_SECONDS = 30.0
STOP_SECONDS = 40.0

CONTEXTA = str(Path(sys.executable).with_name("contexta"))
"""The command of the environment this script runs in."""


@contextmanager
def serving(data: Path) -> Generator[dict[str, Any]]:
    """A running server on `data`; gives its addresses. It is stopped in the end, whatever happens.

    Raises: RuntimeError if it doesn't start or doesn't end well.
    """
    command = [CONTEXTA, "serve", "--data", str(data)]
    for door in ("--grpc", "--http", "--web"):
        command += [door, "127.0.0.1:0"]
    log = data.with_name(f"{data.name}.log")
    with log.open("w") as stderr:
        # In a session of its own: Ctrl-C is for us, and we stop it in order.
        process = subprocess.Popen(
            command, stderr=stderr, env=clean_environment(), start_new_session=True
        )
    try:
        yield _addresses(process, data / "serve.json", log)
        process.send_signal(signal.SIGTERM)
        if process.wait(STOP_SECONDS) != 0:
            raise RuntimeError(f"the server ended with {process.returncode}: {log.read_text()}")
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(STOP_SECONDS)
        log.unlink(missing_ok=True)


def clean_environment(**more: str) -> dict[str, str]:
    """The environment without settings that point elsewhere."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("CONTEXTA_", "OTEL_"))
    }
    return {**kept, **more}


def wait_for(server: dict[str, Any], runs: set[str]) -> None:
    """Return once the server shows these runs as completed: they were acknowledged before, and are
    rows a moment later.

    Raises: RuntimeError if that takes too long.
    """
    deadline = time.monotonic() + CATCH_UP_SECONDS
    while time.monotonic() < deadline:
        told = json.loads(get(f"http://{server['web']}/api/runs"))["runs"]
        if runs <= {run["run_id"] for run in told if run["status"] == "completed"}:
            return
        time.sleep(0.05)
    raise RuntimeError(f"{', '.join(sorted(runs))} did not appear in {CATCH_UP_SECONDS:.0f} s")


def get(url: str) -> str:
    """A page of the server."""
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.read().decode()


def _addresses(process: "subprocess.Popen[bytes]", told: Path, log: Path) -> dict[str, Any]:
    """What serve.json says, once /readyz says ready."""
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the server did not start: {log.read_text()}")
        try:
            addresses = json.loads(told.read_text())
            get(f"http://{addresses['http']}/readyz")
            return addresses
        except (FileNotFoundError, urllib.error.URLError):
            time.sleep(0.05)
    raise RuntimeError(f"the server was not ready in {READY_SECONDS:.0f} s: {log.read_text()}")
