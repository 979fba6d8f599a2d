"""contexta-run: the command runs as it would without us, and what it did is known."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from emit.conftest import Receiver
from zero_code.conftest import CONTEXTA_RUN, Command, surroundings

PYTHON = sys.executable


def test_a_script_of_somebody_is_a_run(command: Command, ours: Receiver) -> None:
    """Type, name, tags, arguments, environment, stage, exit and duration; its output is its own."""
    done = command(
        *(CONTEXTA_RUN, "--project", "digits", "--type", "training", "--name", "first"),
        *("--tag", "team=vision", "--tag", "nightly", "--stage", "train", "--", PYTHON, "-c"),
        "import sys; print('out'); print('err', file=sys.stderr)",
        *("--lr", "0.1", "--epochs=3", "--api-key", "hunter2", "optimizer=adam", "--shuffle"),
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "out\n", "err\n")
    (run,) = ours.of("run")
    assert run.attributes["contexta.project.name"] == "digits"
    assert run.attributes["contexta.run.type"] == "training"
    assert run.attributes["contexta.run.name"] == "first"
    assert run.attributes["contexta.run.tag.team"] == "vision"
    assert run.attributes["contexta.run.tag.nightly"] == "true"
    assert run.attributes["contexta.run.status"] == "completed"
    (stage,) = ours.of("stage")
    assert stage.attributes["contexta.stage.name"] == "train"
    (configuration,) = ours.named("contexta.configuration")
    told = {k.removeprefix("contexta.config."): v for k, v in configuration.attributes.items()}
    assert told["lr"] == 0.1
    assert told["epochs"] == 3
    assert told["shuffle"] is True
    assert told["optimizer"] == "adam"
    assert told["api-key"] == "***"
    assert told["contexta.configuration.source"] == "argv"
    assert "hunter2" not in str(ours)
    assert ours.named("contexta.environment")
    (exited,) = ours.named("process_exited")
    assert exited.attributes["process.exit.code"] == 0
    assert exited.attributes["duration_s"] > 0
    assert not ours.named("output_tail")
    (marker,) = ours.named("contexta.degraded")
    assert marker.attributes["contexta.degraded.reason"] == "values_masked"
    assert ours.has_no_gap()


@pytest.mark.usefixtures("each_way")
def test_a_failure_keeps_its_code_and_the_end_of_its_output(
    command: Command, ours: Receiver
) -> None:
    """The last 8 KiB of each stream, masked; the run is failed."""
    done = command(
        CONTEXTA_RUN,
        "--",
        PYTHON,
        "-c",
        "import sys\n"
        "print('x' * 20_000)\n"
        "sys.stderr.write('postgres://ann:hunter2@db is away\\n')\n"
        "sys.exit(7)",
    )
    assert done.returncode == 7
    assert len(done.stdout) == 20_001
    (run,) = ours.of("run")
    assert run.attributes["contexta.run.status"] == "failed"
    assert run.attributes["error.type"] == "exit_code_7"
    tails = {one.attributes["stream"]: one.attributes for one in ours.named("output_tail")}
    assert len(tails["stdout"]["text"]) == 8 * 1024
    assert tails["stdout"]["total_bytes"] == 20_001
    assert tails["stderr"]["text"] == "postgres://ann:***@db is away\n"


@pytest.mark.usefixtures("each_way")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGABRT], ids=str)
def test_it_ends_by_the_signal_that_ended_the_command(
    command: Command, ours: Receiver, number: signal.Signals
) -> None:
    """Whoever waits for us sees what it would have seen; the run says which signal it was."""
    done = command(CONTEXTA_RUN, "--", "sh", "-c", f"kill -{number.value} $$")
    assert done.returncode == -number
    (run,) = ours.of("run")
    ended = "failed" if number == signal.SIGABRT else "interrupted"
    assert run.attributes["contexta.run.status"] == ended
    (exited,) = ours.named("process_exited")
    assert exited.attributes["signal"] == number.name


@pytest.mark.usefixtures("each_way")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGUSR1], ids=str)
def test_signals_are_passed_on(ours: Receiver, tmp_path: Path, number: signal.Signals) -> None:
    """What is sent to us reaches the command, once, and its answer is ours."""
    job = subprocess.Popen(
        [
            *(CONTEXTA_RUN, "--", PYTHON, "-c"),
            "import signal, sys, time\n"
            "got = []\n"
            f"signal.signal({number.value}, lambda *_: got.append(1))\n"
            "print('ready', flush=True)\n"
            "while not got: time.sleep(0.01)\n"
            "time.sleep(0.3)\n"
            "print(len(got)); sys.exit(9)",
        ],
        stdout=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env=surroundings(CONTEXTA_ENDPOINT=ours.endpoint),
    )
    try:
        assert job.stdout is not None
        assert job.stdout.readline() == "ready\n"
        job.send_signal(number)
        assert job.communicate(timeout=30)[0] == "1\n"
        assert job.returncode == 9
    finally:
        job.kill()
        job.wait()
    (exited,) = ours.named("process_exited")
    assert exited.attributes["process.exit.code"] == 9


@pytest.mark.usefixtures("each_way")
def test_what_is_no_command_fails_as_in_a_shell(
    command: Command, ours: Receiver, tmp_path: Path
) -> None:
    """127 for none, 126 for one that may not run, 2 for nothing at all."""
    (tmp_path / "plain").write_text("no program")
    missing = command(CONTEXTA_RUN, "--", "no-such-command")
    assert missing.returncode == 127
    assert "no-such-command" in missing.stderr
    assert command(CONTEXTA_RUN, "--", tmp_path / "plain").returncode == 126
    assert command(CONTEXTA_RUN).returncode == 2
    assert [run.attributes["contexta.run.status"] for run in ours.of("run")] == ["failed"] * 2


BROKEN = """
import sys
class Broken:
    def find_spec(self, name, *rest):
        if name.startswith("{module}"):
            raise {error}("broken")
sys.meta_path.insert(0, Broken())
"""


@pytest.mark.parametrize(
    ("module", "error"),
    [
        ("opentelemetry.sdk", "ImportError"),
        ("opentelemetry.sdk", "RuntimeError"),
        ("contexta.delivery.exporter", "RuntimeError"),
        ("grpc", "RuntimeError"),
    ],
)
def test_whatever_is_broken_on_our_side_the_command_runs(
    command: Command, tmp_path: Path, module: str, error: str
) -> None:
    """Code and output are the command's own."""
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(BROKEN.format(module=module, error=error))
    done = command(
        *(CONTEXTA_RUN, "--", "sh", "-c", "echo trained; exit 4"),
        PYTHONPATH=str(tmp_path / "site"),
    )
    assert (done.returncode, done.stdout) == (4, "trained\n")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("endpoint", ["http://127.0.0.1:9", "file:/proc/nowhere", "nonsense://x"])
def test_evidence_that_cannot_be_sent_costs_the_command_nothing(
    command: Command, endpoint: str
) -> None:
    """It runs at once, and we leave within seconds of its end."""
    begun = time.monotonic()
    done = command(CONTEXTA_RUN, "--", "echo", "trained", CONTEXTA_ENDPOINT=endpoint)
    assert (done.returncode, done.stdout) == (0, "trained\n")
    assert time.monotonic() - begun < 15


@pytest.mark.usefixtures("each_way")
def test_what_the_command_records_itself_is_in_the_run(command: Command, ours: Receiver) -> None:
    """A script that calls run(), one that only logs, and a process they start: all one run."""
    inner = "import contexta; contexta.log_metric('inner', 3)"
    done = command(
        *(CONTEXTA_RUN, "--project", "p", "--type", "training", "--stage", "fit", "--"),
        *(PYTHON, "-c"),
        "import contexta, subprocess, sys\n"
        "contexta.log_metric('before', 1)\n"
        "with contexta.batch('b1', type='epoch'): contexta.log_metric('in batch', 2)\n"
        f"subprocess.run([sys.executable, '-c', {inner!r}], check=True)\n",
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    runs = ours.of("run")
    assert len(runs) == 3
    assert len({run.attributes["contexta.run.id"] for run in runs}) == 1
    assert len({run.attributes["contexta.producer.id"] for run in runs}) == 3
    assert {run.attributes["contexta.run.type"] for run in runs} == {"training"}
    assert {run.attributes["contexta.run.status"] for run in runs} == {"completed"}
    assert len({run.trace_id for run in runs}) == 1
    metrics = {
        m.attributes["contexta.metric.name"]: m.attributes for m in ours.named("contexta.metric")
    }
    assert set(metrics) == {"before", "in batch", "inner"}
    assert {one["contexta.stage.name"] for one in metrics.values()} == {"fit"}
    assert metrics["in batch"]["contexta.batch.id"] == "b1"


def test_a_script_that_fails_says_why_itself(command: Command, ours: Receiver) -> None:
    """A script that only logs: its part of the run ends failed, with its exception."""
    done = command(
        *(CONTEXTA_RUN, "--", PYTHON, "-c"),
        "import contexta; contexta.log_metric('m', 1); raise OSError('disk full')",
    )
    assert done.returncode == 1
    part, whole = sorted(ours.of("run"), key=lambda run: "OSError" not in run.message)
    assert part.attributes["error.type"] == "OSError"
    assert whole.attributes["error.type"] == "exit_code_1"
    (exception,) = ours.named("exception")
    assert exception.attributes["exception.message"] == "disk full"


def test_steps_of_a_pipeline_are_stages_of_one_run(command: Command, ours: Receiver) -> None:
    """Where the environment names a run already, each step joins it."""
    for step in ("prepare", "train"):
        done = command(CONTEXTA_RUN, "--stage", step, "--", "true", CONTEXTA_RUN_ID="ci-42")
        assert done.returncode == 0
    assert {run.attributes["contexta.run.id"] for run in ours.of("run")} == {"ci-42"}
    assert [one.attributes["contexta.stage.name"] for one in ours.of("stage")] == [
        "prepare",
        "train",
    ]


def test_a_rank_that_died_is_told_from_the_others(command: Command, ours: Receiver) -> None:
    """Launched once a rank, as torchrun does: each is a producer of the run, with its own end."""
    for rank in (0, 1):
        command(
            *(CONTEXTA_RUN, "--", "sh", "-c", '[ "$RANK" = 0 ] || kill -9 $$'),
            CONTEXTA_RUN_ID="r1",
            RANK=str(rank),
            WORLD_SIZE="2",
        )
    ends = {
        run.attributes["contexta.process.rank"]: run.attributes["contexta.run.status"]
        for run in ours.of("run")
    }
    assert ends == {0: "completed", 1: "interrupted"}
    assert {run.attributes["contexta.process.world_size"] for run in ours.of("run")} == {2}


@pytest.mark.usefixtures("each_way")
def test_in_a_terminal_it_is_in_a_terminal(ours: Receiver, tmp_path: Path) -> None:
    """A command that asks whether it writes to a terminal gets the same answer, size included."""
    outer, inner = pty.openpty()
    import termios

    termios.tcsetwinsize(inner, (33, 101))
    job = subprocess.Popen(
        [
            *(CONTEXTA_RUN, "--", PYTHON, "-c"),
            "import os, sys; print(sys.stdout.isatty(), sys.stderr.isatty(), os.get_terminal_size(1))",
        ],
        stdin=subprocess.DEVNULL,
        stdout=inner,
        stderr=inner,
        cwd=tmp_path,
        env=surroundings(CONTEXTA_ENDPOINT=ours.endpoint),
    )
    os.close(inner)
    seen = read_to_end(outer)
    os.close(outer)
    assert job.wait(timeout=30) == 0
    assert seen == b"True True os.terminal_size(columns=101, lines=33)\r\n"


@pytest.mark.usefixtures("each_way")
def test_an_interrupt_from_the_terminal_comes_once(ours: Receiver, tmp_path: Path) -> None:
    """Ctrl-C reaches the command from the terminal; we don't send it another one."""
    script = (
        "import signal, sys, time\n"
        "got = []\n"
        "signal.signal(signal.SIGINT, lambda *_: got.append(1))\n"
        "print('ready', flush=True)\n"
        "while not got: time.sleep(0.01)\n"
        "time.sleep(0.3)\n"
        "print(len(got)); sys.exit(9)"
    )
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(tmp_path)
        environment = surroundings(CONTEXTA_ENDPOINT=ours.endpoint)
        os.execve(CONTEXTA_RUN, [CONTEXTA_RUN, "--", PYTHON, "-c", script], environment)
    seen = b""
    while not seen.endswith(b"ready\r\n"):  # the whole line: the terminal may show ^C inside it
        seen += os.read(terminal, 4096)
    os.write(terminal, b"\x03")
    seen += read_to_end(terminal)
    os.close(terminal)
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 9
    assert seen.split() == [b"ready", b"^C1"]


def test_each_platform_has_a_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a capability of the first is missing, the second is taken."""
    from contexta.zero_code import child, child_portable, child_posix

    monkeypatch.delenv("CONTEXTA_RUN_PORTABLE", raising=False)
    assert child.way() is child_posix
    monkeypatch.delattr(signal, "sigtimedwait")
    assert child.way() is child_portable


def read_to_end(fd: int) -> bytes:
    """All that comes out of a terminal until its other side is closed."""
    seen = b""
    while True:
        try:
            chunk = os.read(fd, 4096)
        except OSError:
            return seen
        if not chunk:
            return seen
        seen += chunk


@pytest.mark.usefixtures("each_way")
@pytest.mark.parametrize(
    "line",
    [
        "{run} yes | head -n 2",
        "{run} sh -c 'for n in 1 2 3; do echo o$n; echo e$n >&2; done' 2>&1",
        "echo given | {run} cat",
        "{run} sh -c 'sleep 4 >/dev/null & echo $! >pid; echo done'",
        "{run} --no-output -- echo plain",
        "{run} sh -c 'echo nowhere; echo $? >&2' >&-",
        "{run} sh -c 'exec 2>&-; echo out'; echo $?",
        "cd /; {run} pwd",
    ],
    ids=["read no more", "order", "input", "background", "left alone", "closed", "closes", "there"],
)
def test_in_a_shell_it_behaves_as_the_command(command: Command, tmp_path: Path, line: str) -> None:
    """Pipes, redirections and background processes: the same output, with us and without."""
    begun = time.monotonic()
    with_us = command("sh", "-c", line.format(run=f"{CONTEXTA_RUN} --").replace("-- --no", "--no"))
    assert time.monotonic() - begun < 20
    without = command("sh", "-c", line.format(run="").replace("--no-output --", ""))
    assert with_us.returncode == without.returncode
    assert with_us.stdout == without.stdout
    assert [one for one in with_us.stderr.splitlines() if "contexta" not in one] == (
        without.stderr.splitlines()
    )
    left = tmp_path / "pid"
    if left.exists():
        os.kill(int(left.read_text()), signal.SIGKILL)


def test_without_the_wrapper_nothing_of_it_is_left(command: Command, ours: Receiver) -> None:
    """The same command afterwards sends nothing: all was in the child's environment."""
    command(CONTEXTA_RUN, "--", "true")
    before = len(ours.spans)
    assert command(PYTHON, "-c", "import contexta; contexta.log_metric('m', 1)").returncode == 0
    assert len(ours.spans) == before
