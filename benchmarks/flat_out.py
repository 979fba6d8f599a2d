"""A loop that does nothing but emit: is everything delivered or counted, and is memory bounded?

    python benchmarks/flat_out.py [--events 200000]

Each case is a job in a process of its own: into `file:DIR`, and to an endpoint that is away (so into the spool,
delivered afterwards by contexta-ship into a directory). What arrived is counted in the store, by a reading command.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

JOB = """
import json, resource, sys, time, contexta
count = int(sys.argv[1])
with contexta.run("bench", id="flat-out"), contexta.stage("loop"):
    contexta.log_metric("warm", 0)
    time.sleep(1.5)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begun = time.perf_counter()
    for step in range(count):
        contexta.log_metric("loss", 1.0, step=step)
    looped = time.perf_counter() - begun
contexta.flush(1)
grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
print(json.dumps({"loop_s": looped, "grown_mib": grown, "dropped": sum(contexta.dropped().values())}))
"""


def main() -> int:
    """Print a line for each case; 1 if anything is neither delivered nor counted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=200_000)
    count: int = parser.parse_args().events
    whole = True
    for case in ("file:DIR", "endpoint away, spool"):
        with tempfile.TemporaryDirectory() as directory:
            told, delivered = _measure(case, Path(directory), count)
        whole &= delivered + told["dropped"] >= count
        line = {
            "benchmark": "flat_out",
            "case": case,
            "us_an_event": round(told["loop_s"] / count * 1e6, 1),
            "memory_grown_mib": round(told["grown_mib"]),
            "delivered": delivered,
            "dropped": told["dropped"],
        }
        print(json.dumps(line), flush=True)
    return 0 if whole else 1


def _measure(case: str, place: Path, count: int) -> tuple[dict[str, Any], int]:
    data, spool = place / "data", place / "spool"
    away = f"http://127.0.0.1:{free_port()}"
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("CONTEXTA_", "OTEL_"))}
    env = {
        **kept,
        "CONTEXTA_ENVIRONMENT": "0",
        "CONTEXTA_SPOOL": str(spool),
        "CONTEXTA_ENDPOINT": f"file:{data}" if case == "file:DIR" else away,
    }
    told = json.loads(_run([sys.executable, "-c", JOB, str(count)], env))
    if case != "file:DIR":
        ship = [sys.executable, "-m", "contexta.ship", str(spool)]
        _run([*ship, "--endpoint", f"file:{data}"], kept)
    contexta = str(Path(sys.executable).with_name("contexta"))
    query = "SELECT count(DISTINCT step) AS n FROM metrics WHERE name = 'loss'"
    ((row),) = json.loads(_run([contexta, "sql", query, "--data", str(data), "--json"], kept))
    return told, int(row["n"])


def _run(command: list[str], env: dict[str, str]) -> str:
    done = subprocess.run(command, env=env, stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
