"""Jobs that end in every way there is, and a reader of what they left."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

CONTEXTA = str(Path(sys.executable).with_name("contexta"))
STALE_S = "1"

WHAT_IS_SHOWN = """
SELECT (SELECT min(status) FROM runs) AS run,
       (SELECT min(status) FROM stages) AS stage,
       (SELECT count(*) FROM metrics) AS metrics,
       (SELECT coalesce(sum(missing_count), 0)::INTEGER FROM producers) AS missing,
       (SELECT bool_and(closed) FROM producers) AS closed,
       (SELECT min(error_type) FROM spans WHERE evidence_kind = 'run') AS error,
       (SELECT count(*) FROM events WHERE name = 'exception') AS exceptions,
       (SELECT list(DISTINCT reason ORDER BY reason) FROM degraded_markers) AS markers
"""


def environment(**more: str) -> dict[str, str]:
    """This process's environment without settings of ours."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("CONTEXTA_", "OTEL_"))}
    return {**kept, **more}


def read(*words: str, **variables: str) -> Any:
    """A reading command's JSON."""
    done = subprocess.run(
        [CONTEXTA, *words, "--json"],
        capture_output=True,
        text=True,
        timeout=60,
        env=environment(CONTEXTA_STALE_AFTER_S=STALE_S, **variables),
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@dataclass
class Job:
    """One job and where its evidence goes."""

    process: subprocess.Popen[str]
    data: Path
    spool: Path
    lines: list[str] = field(default_factory=list)

    def says(self, word: str) -> None:
        """Wait for a line of its output."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline().strip()
        assert line == word, f"{line!r}; {self.process.stderr and self.process.stderr.read()}"

    def ended(self) -> int:
        """Its exit code, once it has one."""
        self.process.communicate(timeout=60)
        return self.process.returncode

    def shown(self) -> dict[str, Any]:
        """What a person is shown, a moment after its end."""
        deadline = time.monotonic() + 30
        while True:
            (row,) = read("sql", WHAT_IS_SHOWN, "--data", str(self.data))
            if row["run"] != "running" or time.monotonic() > deadline:
                return row
            time.sleep(0.3)


@pytest.fixture
def job(tmp_path: Path) -> Iterator[Callable[..., Job]]:
    """Start Python code as a job that writes to `file:DIR`, or to the endpoint given."""
    started: list[Job] = []

    def start(code: str, **variables: str) -> Job:
        data, spool = tmp_path / "evidence", tmp_path / "spool"
        given = {"CONTEXTA_ENDPOINT": f"file:{data}", "CONTEXTA_SPOOL": str(spool)}
        quick = {
            "CONTEXTA_ENVIRONMENT": "0",
            "CONTEXTA_SEGMENT_S": "0.5",
            "CONTEXTA_HEARTBEAT_S": "0.3",
        }
        file = tmp_path / f"job-{len(started)}.py"
        file.write_text(code)
        process = subprocess.Popen(
            [sys.executable, "-u", str(file)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(**{**quick, **given, **variables}),
            cwd=tmp_path,
        )
        started.append(Job(process, data, spool))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.process.kill()
        one.process.communicate()


@pytest.fixture
def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
