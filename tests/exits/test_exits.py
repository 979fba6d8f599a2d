"""Every row of docs/exits.md: how a job ends, what is kept, what is lost, what is shown. Real processes."""

from __future__ import annotations

import re
import signal
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "exits.md"

TRAINING = """
import os, signal, sys, time, contexta
with contexta.run('p', id='r1'), contexta.stage('train'):
    for step in range(250): contexta.log_metric('loss', step, step=step)
    {then}
"""
WAITING = TRAINING.format(then="print('ready'); time.sleep(600)")
GO = "while not os.path.exists('go'): time.sleep(0.01)"
WHOLE = {"metrics": 250, "missing": 0, "closed": True}


def is_whole(shown: dict) -> bool:
    """Whether everything the job recorded arrived, and it said so itself."""
    return {key: shown[key] for key in WHOLE} == WHOLE


def is_told_as_killed(shown: dict) -> bool:
    """Whether it reads as interrupted, with its open stage and its missing end said."""
    assert shown["run"] == shown["stage"] == "interrupted", shown
    assert shown["closed"] is False
    expected = {"run_interrupted", "stage_interrupted", "producer_not_closed"}
    return expected <= set(shown["markers"])


def test_the_end_of_the_script(job):
    """Everything is kept; completed."""
    one = job(TRAINING.format(then="pass"))
    assert one.ended() == 0
    shown = one.shown()
    assert is_whole(shown)
    assert (shown["run"], shown["stage"], shown["markers"]) == ("completed", "completed", None)


def test_an_exception(job):
    """Everything is kept, the exception too; failed, with its type."""
    one = job(TRAINING.format(then="raise ValueError('diverged')"))
    assert one.ended() == 1
    shown = one.shown()
    assert is_whole(shown)
    assert (shown["run"], shown["error"], shown["exceptions"]) == ("failed", "ValueError", 1)


@pytest.mark.parametrize(("code", "status"), [(0, "completed"), (3, "failed")])
def test_sys_exit(job, code, status):
    """Everything is kept; completed with 0, failed with anything else; the exit code stays."""
    one = job(TRAINING.format(then=f"sys.exit({code})"))
    assert one.ended() == code
    shown = one.shown()
    assert is_whole(shown)
    assert shown["run"] == status


def test_sigint(job):
    """Ctrl-C: everything is kept; interrupted, said by the job itself."""
    one = job(WAITING)
    one.says("ready")
    one.process.send_signal(signal.SIGINT)
    assert one.ended() != 0
    shown = one.shown()
    assert is_whole(shown)
    assert shown["run"] == shown["stage"] == "interrupted"


def test_open_scopes_at_the_interpreters_end(job):
    """A run nobody ended is ended at exit: everything is kept; interrupted."""
    one = job(
        "import contexta\n"
        "run = contexta.run('p', id='r1').start(); stage = contexta.stage('train').start()\n"
        "for step in range(250): contexta.log_metric('loss', step, step=step)\n"
    )
    assert one.ended() == 0
    shown = one.shown()
    assert is_whole(shown)
    assert shown["run"] == shown["stage"] == "interrupted"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_sigterm_and_sigkill(job, number):
    """Killed at once: what is older than CONTEXTA_SEGMENT_S is kept; interrupted after a while, and why."""
    one = job(WAITING)
    one.says("ready")
    one.has_written(250)
    one.process.send_signal(number)
    assert one.ended() == -number
    shown = one.shown()
    assert shown["metrics"] == 250
    assert is_told_as_killed(shown)


def test_sigterm_that_the_job_handles(job):
    """A handler of the job's own that raises SystemExit, as schedulers advise: everything is kept; failed."""
    handler = "signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))\n"
    one = job(WAITING.replace("with contexta", handler + "with contexta", 1))
    one.says("ready")
    one.process.send_signal(signal.SIGTERM)
    assert one.ended() == 143
    shown = one.shown()
    assert is_whole(shown)
    assert shown["run"] == "failed"


def test_os_exit(job):
    """Nothing runs at the end: as SIGKILL."""
    one = job(TRAINING.format(then=f"{GO}\n    os._exit(0)"))
    one.has_written(250)
    one.goes_on()
    assert one.ended() == 0
    shown = one.shown()
    assert shown["metrics"] == 250
    assert is_told_as_killed(shown)


def test_os_exit_after_flush(job):
    """With `contexta.flush()` before it nothing recorded is lost, only the closing."""
    one = job(TRAINING.format(then="contexta.flush(60); os._exit(0)"))
    assert one.ended() == 0
    shown = one.shown()
    assert shown["metrics"] == 250
    assert shown["missing"] == 0
    assert is_told_as_killed(shown)


def test_a_kernel_restart_between_cells(job):
    """SIGINT ends the cell and its run, SIGKILL then the kernel: everything is kept; interrupted."""
    cell = "\n".join(f"    {line}" for line in WAITING.strip().splitlines())
    one = job(
        "import time\n"
        f"try:\n{cell}\n"
        "except KeyboardInterrupt:\n    print('next cell')\n"
        "time.sleep(600)\n"
    )
    one.says("ready")
    one.process.send_signal(signal.SIGINT)
    one.says("next cell")
    one.process.send_signal(signal.SIGKILL)
    assert one.ended() == -signal.SIGKILL
    shown = one.shown()
    assert is_whole(shown)
    assert shown["run"] == "interrupted"


def test_a_kernel_restart_with_a_run_open_over_cells(job):
    """A run that was started in one cell and not ended: as SIGKILL."""
    one = job(
        "import time, contexta\n"
        "run = contexta.run('p', id='r1').start(); stage = contexta.stage('train').start()\n"
        "for step in range(250): contexta.log_metric('loss', step, step=step)\n"
        "try:\n    print('ready'); time.sleep(600)\n"
        "except KeyboardInterrupt:\n    print('next cell')\n"
        "time.sleep(600)\n"
    )
    one.says("ready")
    one.process.send_signal(signal.SIGINT)
    one.says("next cell")
    one.has_written(250)
    one.process.send_signal(signal.SIGKILL)
    assert one.ended() == -signal.SIGKILL
    shown = one.shown()
    assert shown["metrics"] == 250
    assert is_told_as_killed(shown)


def test_out_of_memory_as_an_error(job):
    """A limit on address space: MemoryError is an exception; everything is kept; failed."""
    limit = (
        "import resource; used = int(open('/proc/self/statm').read().split()[0]) * 4096; "
        "resource.setrlimit(resource.RLIMIT_AS, (used + 200_000_000,) * 2); bytearray(4_000_000_000)"
    )
    one = job(TRAINING.format(then=limit))
    assert one.ended() == 1
    shown = one.shown()
    assert is_whole(shown)
    assert (shown["run"], shown["error"]) == ("failed", "MemoryError")


def test_the_kernels_out_of_memory_killer(job):
    """It sends SIGKILL while memory grows: what is older than CONTEXTA_SEGMENT_S is kept; interrupted."""
    grow = "hoard = [bytearray(10_000_000) for _ in range(10)]; print('ready'); time.sleep(600)"
    one = job(TRAINING.format(then=grow))
    one.says("ready")
    one.has_written(250)
    one.process.send_signal(signal.SIGKILL)
    assert one.ended() == -signal.SIGKILL
    shown = one.shown()
    assert shown["metrics"] == 250
    assert is_told_as_killed(shown)


def test_a_pool_that_is_terminated(job):
    """`with Pool(…)` ends its workers by SIGTERM: of each the newest is lost, of the parent nothing."""
    one = job(
        "import multiprocessing, os, time, contexta\n"
        "def work(n):\n"
        "    for step in range(50): contexta.log_metric('loss', n, step=step)\n"
        f"    {GO}\n"
        "    contexta.log_metric('late', n)\n"
        "if __name__ == '__main__':\n"
        "    with contexta.run('p', id='r1'), contexta.stage('train'):\n"
        "        with multiprocessing.get_context('fork').Pool(2) as pool: pool.map(work, [1, 2])\n"
        "        contexta.log_metric('after', 1)\n"
    )
    one.has_written(100)
    one.goes_on()
    assert one.ended() == 0
    shown = one.shown()
    assert shown["run"] == "completed"
    assert 101 <= shown["metrics"] <= 103, "two times 50 and the parent's; perhaps the late ones"
    assert shown["metrics"] + shown["missing"] >= 103, "what is lost is counted"
    assert shown["closed"] is False
    assert "producer_not_closed" in shown["markers"]


def test_a_worker_that_was_never_heard_of(job):
    """Killed before anything of it left: its parent knows how much that was; who recorded nothing is none."""
    one = job(
        "import multiprocessing, os, signal, contexta\n"
        "def killed():\n"
        "    for step in range(7): contexta.log_metric('loss', 1, step=step)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "if __name__ == '__main__':\n"
        "    with contexta.run('p', id='r1'), contexta.stage('train'):\n"
        "        contexta.log_metric('before', 1)\n"
        "        for work in (killed, os.getpid):\n"
        "            worker = multiprocessing.get_context('fork').Process(target=work)\n"
        "            worker.start(); worker.join()\n"
    )
    assert one.ended() == 0
    shown = one.shown()
    assert (shown["run"], shown["metrics"], shown["missing"]) == ("completed", 1, 7)
    assert shown["markers"] == ["evidence_missing"]


def test_a_pool_that_is_closed(job):
    """`close()` and `join()` let the workers end by themselves: everything is kept."""
    one = job(
        "import multiprocessing, contexta\n"
        "def work(n): contexta.log_metric('loss', n)\n"
        "if __name__ == '__main__':\n"
        "    with contexta.run('p', id='r1'), contexta.stage('train'):\n"
        "        with multiprocessing.get_context('fork').Pool(2) as pool:\n"
        "            pool.map(work, range(8)); pool.close(); pool.join()\n"
    )
    assert one.ended() == 0
    shown = one.shown()
    assert (shown["run"], shown["metrics"], shown["missing"]) == ("completed", 8, 0)
    assert (shown["closed"], shown["markers"]) == (True, None)


def test_killed_in_the_middle_of_a_loop_loses_the_last_seconds_only(job):
    """SIGKILL while metrics flow: all but the last CONTEXTA_SEGMENT_S of them are there."""
    one = job(
        "import time, contexta\n"
        "with contexta.run('p', id='r1'), contexta.stage('train'):\n"
        "    step = 0\n"
        "    while True:\n"
        "        contexta.log_metric('loss', step, step=step); step += 1\n"
        "        time.sleep(0.01)\n",
        CONTEXTA_SEGMENT_S="1",
    )
    one.has_written(190)
    one.process.kill()
    one.ended()
    shown = one.shown()
    assert is_told_as_killed(shown)
    assert shown["metrics"] >= 190


def test_the_page_has_a_row_for_every_test():
    """docs/exits.md names each test of this module, and no other."""
    source = Path(__file__).read_text()
    tests = set(re.findall(r"^def (test_\w+)\(", source, re.MULTILINE))
    tests -= {"test_the_page_has_a_row_for_every_test"}
    assert set(re.findall(r"`(test_\w+)`", PAGE.read_text())) >= tests
