"""Jobs that end in every way there is, and a reader of what they left."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from ports import free_port
from server.running import CONTEXTA, environment
from waiting import wait_until

from contexta.delivery.spool import messages

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
    file: Path

    def says(self, word: str) -> None:
        """Wait for a line of its output."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline().strip()
        assert line == word, f"{line!r}; {self.process.stderr and self.process.stderr.read()}"

    def has_written(self, metrics: int) -> None:
        """Wait until so many are on disk, whatever becomes of the job."""
        wait_until(lambda: len(self._written()) >= metrics, f"{metrics} metrics on disk")

    def _written(self) -> set[tuple[str, int]]:
        """Producer and number of each metric; what is slow to be written may be there twice.
        A file that still has a dot before its name is being written."""
        found: set[tuple[str, int]] = set()
        for file in (self.data / "inbox").glob("[!.]*.traces.binpb"):
            for message in messages(file.read_bytes()):
                for told in ExportTraceServiceRequest.FromString(message).resource_spans:
                    spans = (span for scope in told.scope_spans for span in scope.spans)
                    for event in (event for span in spans for event in span.events):
                        if event.name == "contexta.metric":
                            told_of = {one.key: one.value for one in event.attributes}
                            producer = told_of["contexta.producer.id"].string_value
                            found.add((producer, told_of["contexta.seq"].int_value))
        return found

    def goes_on(self) -> None:
        """Let it out of its `while not os.path.exists('go')`."""
        self.file.with_name("go").touch()

    def ended(self) -> int:
        """Its exit code, once it has one."""
        self.process.communicate(timeout=60)
        return self.process.returncode

    def shown(self) -> dict[str, Any]:
        """What a person is shown, a moment after its end."""

        def ended() -> Any:
            (row,) = read("sql", WHAT_IS_SHOWN, "--data", str(self.data))
            return row if row["run"] != "running" else None

        return wait_until(ended, "the run to be shown as ended")


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
            start_new_session=True,
        )
        started.append(Job(process, data, spool, file))
        return started[-1]

    yield start
    for one in started:
        with suppress(ProcessLookupError):
            os.killpg(one.process.pid, signal.SIGKILL)  # the workers it forked too
        one.process.communicate()


@pytest.fixture(name="free_port")
def free_port_fixture() -> int:
    """A port that nothing listens on."""
    return free_port()
