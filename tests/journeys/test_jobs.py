"""What a person who trains a model meets: seen at once, never in the way, nothing lost, any protocol."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from journeys.conftest import environment
from server.running import Server
from waiting import wait_until

Serve = Callable[..., Server]
Job = Callable[..., "subprocess.CompletedProcess[str]"]
Ask = Callable[..., Any]

STORY = """
import contexta
with contexta.run("digits", id="r1", type="training", expected_stages=["train", "evaluate"]):
    contexta.log_configuration({"C": 1.0})
    with contexta.stage("train"):
        contexta.log_series("loss", [0.9, 0.5, 0.25])
    with contexta.stage("evaluate"):
        for number in range(40):
            with contexta.batch(f"b{number % 4}"):
                contexta.log_sample(f"s{number}", slices=["even" if number % 2 == 0 else "odd"],
                                    status="failed" if number == 7 else "passed")
        contexta.log_metric("accuracy", 0.975, slice="odd", higher_is_better=True)
"""


def test_a_run_is_seen_while_it_runs(serve: Serve, contexta: Ask, tmp_path: Path) -> None:
    """The run is told when it is entered, not with the first segment or heartbeat: `contexta runs` says running
    while it waits for its input; when it has ended, completed."""
    server = serve()
    script = tmp_path / "job.py"
    script.write_text(
        "import sys, contexta\nwith contexta.run('digits', id='r1'):\n    sys.stdin.readline()\n"
    )
    job = subprocess.Popen(
        [sys.executable, str(script)],
        stdin=subprocess.PIPE,
        text=True,
        env=environment(
            CONTEXTA_ENDPOINT=f"http://{server.addresses['grpc']}",
            CONTEXTA_SEGMENT_S="3600",
            CONTEXTA_HEARTBEAT_S="3600",
            CONTEXTA_EXIT_TIMEOUT_S="60",
        ),
    )

    def statuses() -> list[str]:
        found = contexta("runs", "--data", server.data.root)["runs"]
        return [run["status"] for run in found]

    try:
        assert wait_until(statuses, "the run to be seen") == ["running"]
        job.communicate("\n", timeout=60)
    finally:
        job.kill()
        job.wait()
    assert server.stop() == 0
    (run,) = contexta("runs", "--data", server.data.root)["runs"]
    assert run["status"] == "completed"


def test_a_job_without_an_endpoint_runs_as_if_alone(job: Job) -> None:
    """Nobody listens: the job's result and exit code are its own, and one warning says what is lost."""
    done = job(STORY + "print('trained')\n", CONTEXTA_ENDPOINT="http://127.0.0.1:9")
    assert done.returncode == 0
    assert done.stdout == "trained\n"
    warnings = done.stderr.strip().splitlines()
    assert len(warnings) == 1
    assert "127.0.0.1:9" in warnings[0]


def test_what_flush_said_is_delivered_survives_kill(
    serve: Serve, job: Job, contexta: Ask, tmp_path: Path
) -> None:
    """flush() is True, the server is killed at that moment: all of it is there after a restart, and nothing twice."""
    server = serve()
    code = STORY.replace("import contexta\n", "import os, signal, contexta\n", 1)
    code += (
        "    assert contexta.flush(60)\n"
        f"    os.kill({server.process.pid}, signal.SIGKILL)\n"
        "    os._exit(0)\n"
    )
    assert job(code, CONTEXTA_ENDPOINT=f"http://{server.addresses['grpc']}").returncode == 0
    server.process.wait()

    again = serve(server.data.root)
    assert again.stop() == 0
    data = ("--data", server.data.root)
    shown = contexta("show", "r1", *data)
    assert shown["status"] == "running"
    assert [stage["name"] for stage in shown["stages"]] == ["train", "evaluate"]
    samples = contexta("samples", "r1", *data)["samples"]
    assert sorted(sample["sample_id"] for sample in samples) == sorted(f"s{n}" for n in range(40))
    losses = contexta("sql", "SELECT value FROM metrics WHERE name = 'loss' ORDER BY step", *data)
    assert [row["value"] for row in losses] == [0.9, 0.5, 0.25]
    (counted,) = contexta("sql", "SELECT sum(missing_count) AS missing FROM producers", *data)
    assert counted["missing"] == 0


@pytest.mark.parametrize(
    ("protocol", "door"), [("grpc", "grpc"), ("http/protobuf", "http"), ("http/json", "http")]
)
def test_every_protocol_tells_the_same_story(
    serve: Serve, job: Job, contexta: Ask, protocol: str, door: str
) -> None:
    """The standard variables choose the protocol; what arrives is whole whichever it is."""
    server = serve()
    done = job(
        STORY,
        OTEL_EXPORTER_OTLP_ENDPOINT=f"http://{server.addresses[door]}",
        OTEL_EXPORTER_OTLP_PROTOCOL=protocol,
    )
    assert done.returncode == 0
    assert done.stderr == ""
    assert server.stop() == 0
    shown = contexta("show", "r1", "--data", server.data.root)
    assert (shown["status"], shown["evidence"]) == ("completed", "complete")
    assert [stage["name"] for stage in shown["stages"]] == ["train", "evaluate"]
    figures = {(each["name"], each["slice"]): each["value"] for each in shown["metrics"]}
    assert figures == {("loss", None): 0.25, ("accuracy", "odd"): 0.975}
    assert shown["record_counts"]["samples"] == 40
    assert [sample["sample_id"] for sample in shown["failed_samples"]["first"]] == ["s7"]
    assert sum(producer["missing_count"] for producer in shown["producers"]) == 0
