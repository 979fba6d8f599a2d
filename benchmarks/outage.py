"""A real server away for minutes while jobs emit at a steady rate, then back: is every number there once?

    python benchmarks/outage.py [--minutes 10] [--rate 100]

Two jobs, each in a process of its own with a spool of its own, to one `contexta serve` that is stopped and started
again on the same ports:
  lives   runs before, during and after the outage, and delivers what waited itself
  ended   begins and ends in the middle of it; `contexta-ship` delivers once the server is back
Each job says how many metrics it recorded; the store says how many it has, how many different steps, and what its
producers miss. Slow to run and light on the machine: it mostly waits. 1 where anything differs.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flat_out import free_port
from rounds import report

JOB = """
import json, resource, sys, time, pathlib, contexta
run_id, rate, enough = sys.argv[1], float(sys.argv[2]), pathlib.Path(sys.argv[3])
longest_ms = step = 0
begun = time.monotonic()
with contexta.run("bench", id=run_id), contexta.stage("loop"):
    while not enough.exists():
        before = time.perf_counter()
        contexta.log_metric("loss", step * 0.5, step=step)
        longest_ms = max(longest_ms, (time.perf_counter() - before) * 1e3)
        step += 1
        time.sleep(max(0.0, begun + step / rate - time.monotonic()))
print(json.dumps({
    "recorded": step, "dropped": contexta.dropped(), "longest_call_ms": round(longest_ms, 1),
    "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
}))
"""
COUNTS = """
SELECT (SELECT count(*) FROM metrics WHERE run_id = '{run}') AS metrics,
       (SELECT count(DISTINCT step) FROM metrics WHERE run_id = '{run}') AS steps,
       (SELECT sum(missing_count)::BIGINT FROM producers WHERE run_id = '{run}') AS missing,
       (SELECT bool_and(closed) FROM producers WHERE run_id = '{run}') AS closed,
       (SELECT status FROM runs WHERE run_id = '{run}') AS status
"""
CONTEXTA = str(Path(sys.executable).with_name("contexta"))
ENVIRONMENT = {
    name: value for name, value in os.environ.items() if not name.startswith(("CONTEXTA_", "OTEL_"))
}
BESIDE_S = 10.0
"""How long the server is there before and after."""


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
        self._process = subprocess.Popen(
            [CONTEXTA, "serve", "--data", str(self.data), *where],
            env=ENVIRONMENT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while not (self.data / "serve.json").exists():
            if self._process.poll() is not None:
                raise SystemExit(f"contexta serve ended with {self._process.returncode}")
            time.sleep(0.1)

    def stop(self) -> None:
        """In order."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(60)

    def has(self, run_id: str) -> dict[str, Any]:
        """What it has of a run."""
        query = COUNTS.format(run=run_id)
        command = [CONTEXTA, "sql", query, "--data", str(self.data), "--json"]
        (row,) = json.loads(subprocess.check_output(command, env=ENVIRONMENT))
        return row


class Job:
    """One emitting process."""

    def __init__(self, run_id: str, rate: float, endpoint: str, place: Path) -> None:
        self.run_id = run_id
        self.spool = place / f"spool-{run_id}"
        self._enough = place / f"enough-{run_id}"
        settings = {
            "CONTEXTA_ENDPOINT": endpoint,
            "CONTEXTA_SPOOL": str(self.spool),
            "CONTEXTA_ENVIRONMENT": "0",
        }
        self._process = subprocess.Popen(
            [sys.executable, "-c", JOB, run_id, str(rate), str(self._enough)],
            env={**ENVIRONMENT, **settings},
            stdout=subprocess.PIPE,
        )

    def end(self) -> dict[str, Any]:
        """Let it end; what it says of itself."""
        self._enough.touch()
        out, _ = self._process.communicate(timeout=120)
        return json.loads(out)

    def kill(self) -> None:
        """Whatever it is doing."""
        self._process.kill()
        self._process.wait()

    def waiting(self) -> dict[str, int]:
        """What is in its spool."""
        sizes = [file.stat().st_size for file in self.spool.glob("*/*.binpb")]
        return {"spooled_files": len(sizes), "spooled_bytes": sum(sizes)}


def main() -> int:
    """Print a line for each job; 1 if a count differs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--rate", type=float, default=100.0, help="metrics a second and job")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        place = Path(directory)
        server = Server(place / "store")
        server.data.mkdir()
        server.start()
        jobs = [Job("lives", asked.rate, server.endpoint, place)]
        try:
            return measure(server, jobs, place, asked.minutes, asked.rate)
        finally:
            for job in jobs:
                job.kill()
            server.stop()


def measure(server: Server, jobs: list[Job], place: Path, minutes: float, rate: float) -> int:
    """The outage; `jobs` has the one that lives through it."""
    time.sleep(BESIDE_S)
    server.stop()
    begun = time.monotonic()
    time.sleep(minutes * 60 / 3)
    jobs.append(Job("ended", rate, server.endpoint, place))
    time.sleep(minutes * 60 / 3)
    told = {"ended": jobs[1].end()}
    time.sleep(max(0.0, minutes * 60 - (time.monotonic() - begun)))
    waited = {job.run_id: job.waiting() for job in jobs}
    server.start()
    away_s = round(time.monotonic() - begun)
    time.sleep(BESIDE_S)
    ship = [sys.executable, "-m", "contexta.ship", str(jobs[1].spool)]
    shipped = subprocess.run(ship, env=ENVIRONMENT, check=False, stdout=subprocess.DEVNULL)
    told["lives"] = jobs[0].end()
    whole = shipped.returncode == 0
    for job in jobs:
        found = counted(server, job.run_id, told[job.run_id]["recorded"])
        equal = is_whole(found, told[job.run_id], job)
        whole &= equal
        report(
            "outage", job.run_id, away_s=away_s, rate=rate, **told[job.run_id], **waited[job.run_id],
            store=found, equal=equal,
        )  # fmt: skip
    return 0 if whole else 1


def counted(server: Server, run_id: str, recorded: int, longest_s: float = 60.0) -> dict[str, Any]:
    """What the store has, once it has as many or has had long enough."""
    deadline = time.monotonic() + longest_s
    while True:
        found = server.has(run_id)
        if (found["metrics"] >= recorded and found["closed"]) or time.monotonic() > deadline:
            return found
        time.sleep(0.5)


def is_whole(found: Mapping[str, Any], told: Mapping[str, Any], job: Job) -> bool:
    """Whether every metric is there once, nothing is missing, and nothing waits any longer."""
    expected = {
        "metrics": told["recorded"],
        "steps": told["recorded"],
        "missing": 0,
        "closed": True,
        "status": "completed",
    }
    return found == expected and not told["dropped"] and job.waiting()["spooled_files"] == 0


if __name__ == "__main__":
    sys.exit(main())
