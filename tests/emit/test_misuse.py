"""Misuse is one clear warning at the caller's line, an error in strict mode, never a crash."""

from __future__ import annotations

import logging

import pytest

import contexta
from contexta.testing import capture


def ended_twice():
    run = contexta.run("p").start()
    run.end()
    run.end()


def started_twice():
    with contexta.run("p"):
        stage = contexta.stage("s")
        with stage:
            pass
        with stage:
            pass


def never_started():
    contexta.run("p").end()


def log_after_the_end():
    with contexta.run("p") as run:
        pass
    run.log_metric("m", 1)


def no_number():
    with contexta.run("p"):
        contexta.log_metric("m", "high")


def unknown_direction():
    with contexta.run("p"):
        contexta.log_metric("m", 1, higher_is_better="sideways")


def steps_do_not_fit():
    with contexta.run("p"):
        contexta.log_series("m", [1, 2, 3], steps=[1])


def score_no_number():
    with contexta.run("p"):
        contexta.log_sample("s", scores={"f": "good"})


def step_no_integer():
    with contexta.run("p"):
        contexta.log_metric("m", 1, step="first")


def no_configuration():
    with contexta.run("p"):
        contexta.log_configuration(7)


def unknown_status():
    with contexta.run("p"):
        contexta.stage("s").start().end(status="fine")


def unknown_severity():
    with contexta.run("p"):
        contexta.log_event("e", severity="loud")


def unknown_confidence():
    with contexta.run("p"):
        contexta.log_relation("produced", "a", "b", confidence="maybe")


def stage_outside():
    with contexta.stage("s"):
        pass


def batch_outside():
    with contexta.batch("b"):
        pass


def sample_outside():
    with contexta.sample("s"):
        pass


def metric_outside():
    contexta.log_metric("m", 1)


def stage_left_open():
    with contexta.run("p"):
        contexta.stage("s").start()


MISUSES = [
    (ended_twice, "already ended"),
    (started_twice, "already started"),
    (never_started, "never started"),
    (log_after_the_end, "has ended"),
    (no_number, "is not a number"),
    (unknown_direction, "not a direction"),
    (steps_do_not_fit, "3 values but 1 steps"),
    (score_no_number, "is not a number"),
    (step_no_integer, "not a whole number"),
    (no_configuration, "log_configuration"),
    (unknown_status, "is not one of"),
    (unknown_severity, "is not one of"),
    (unknown_confidence, "is not one of"),
    (stage_outside, "outside any run"),
    (batch_outside, "outside any run"),
    (sample_outside, "outside any run"),
    (metric_outside, "outside any run"),
    (stage_left_open, "still open"),
]


@pytest.fixture(autouse=True)
def _afresh():
    """Warnings are said once a line: forget them between tests."""
    from contexta.base import misuse

    misuse.forget_warnings()


@pytest.mark.parametrize(
    ("wrong", "said"), MISUSES, ids=lambda value: getattr(value, "__name__", "")
)
def test_misuse_is_one_warning_at_the_caller(wrong, said, caplog):
    """The warning names the fix's place (this file) and is not repeated."""
    with caplog.at_level(logging.WARNING, "contexta"), capture():
        wrong()
        wrong()
    (record,) = caplog.records
    assert said in record.getMessage()
    if wrong is not metric_outside:
        assert record.filename == "test_misuse.py"


@pytest.mark.parametrize(
    ("wrong", "said"), MISUSES, ids=lambda value: getattr(value, "__name__", "")
)
def test_strict_mode_raises(wrong, said):
    """The same misuse is a ContextaUsageError where strict mode is asked for."""
    with capture(strict=True), pytest.raises(contexta.ContextaUsageError, match=r"\w"):
        wrong()


def test_the_rest_of_a_wrong_record_is_kept(caplog):
    """A wrong direction or score costs that value, not the record."""
    with capture() as evidence, contexta.run("p"):
        contexta.log_metric("m", 1, higher_is_better="sideways", step="x")
        contexta.log_sample("s", scores={"f": "good", "g": 1})
    (metric,) = evidence.events("contexta.metric")
    assert "contexta.metric.higher_is_better" not in metric.attributes
    (sample,) = evidence.events("contexta.sample")
    assert sample["contexta.sample.score.g"] == 1.0


class Hostile:
    """An object on which everything fails."""

    def __getattr__(self, name):
        raise RuntimeError("hostile")

    def __str__(self):
        raise RuntimeError("hostile")

    __repr__ = __str__


def test_no_fault_of_a_value_reaches_the_job(caplog):
    """Every public call survives a value on which every operation raises."""
    bad = Hostile()
    with capture(), contexta.run("p", tags={"a": bad}) as run:
        for call in (
            lambda: contexta.log_metric("m", bad),
            lambda: contexta.log_metrics({"m": bad}),
            lambda: contexta.log_series("m", [bad]),
            lambda: contexta.log_event("e", {"a": bad}),
            lambda: contexta.log_event("e", at=bad),
            lambda: contexta.log_sample("s", scores={"f": bad}, attributes={"a": bad}),
            lambda: contexta.log_artifact(bad, kind="x"),
            lambda: contexta.log_dataset("d", bad),
            lambda: contexta.log_environment({"a": bad}),
            lambda: contexta.log_code(bad),
            lambda: contexta.log_configuration({"a": bad}),
            lambda: contexta.log_relation(bad, bad, bad),
            lambda: contexta.log_promotion(bad, to=bad),
            lambda: contexta.log_degraded(bad),
            lambda: contexta.operation(bad).start().end(),
            lambda: contexta.stage(bad, index=bad).start().end(),
            lambda: contexta.batch(bad).start().end(),
            lambda: contexta.sample("s", attributes={"a": bad}).start().end(error=bad),
            lambda: contexta.deployment(bad, environment=bad).start().end(),
            lambda: contexta.run(bad, id=bad).start().end(),
            lambda: contexta.configure(headers=bad),
            lambda: run.log_metric(bad, 1),
        ):
            call()
    assert sum(contexta.dropped().values()) > 0


def test_outside_a_run_nothing_is_set_up(script):
    """log_ calls without a run import no SDK, start no thread, open no connection; one warning."""
    done = script(
        "import sys, threading, contexta\n"
        "for n in range(100): contexta.log_metric('m', n); contexta.log_sample('s')\n"
        "with contexta.operation('x'): pass\n"
        "heavy = ('grpc', 'google', 'duckdb', 'pyarrow', 'numpy', 'pandas')\n"
        "assert not [m for m in sys.modules if m.split('.')[0] in heavy]\n"
        "assert not [m for m in sys.modules if m.startswith('opentelemetry.sdk')]\n"
        "assert threading.active_count() == 1\n"
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("\n") == 1
    assert "outside any run" in done.stderr


def test_without_the_sdk_the_job_runs(script):
    """A missing extra is one warning that names the command; nothing else changes."""
    done = script(
        "import sys\n"
        "sys.modules['opentelemetry.sdk'] = None\n"
        "import contexta\n"
        "with contexta.run('p'), contexta.stage('s'): contexta.log_metric('m', 1)\n"
        "with contexta.run('p'): print('done')\n"
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "done\n"
    assert done.stderr.count("\n") == 1
    assert 'pip install "contexta[sdk]"' in done.stderr


def test_switched_off_it_says_nothing(script):
    """OTEL_SDK_DISABLED=true: no evidence, no warning, no wait."""
    done = script(
        "import contexta\nwith contexta.run('p'), contexta.stage('s'): contexta.log_metric('m', 1)\n",
        OTEL_SDK_DISABLED="true",
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_importing_is_cheap(script, tmp_path):
    """Under 100 ms of processor time in a fresh process, compiled once: the best of five."""
    code = "import time; b = time.process_time(); import contexta; print(time.process_time() - b)"
    compiled = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(tmp_path / "compiled")}
    assert min(float(script(code, **compiled).stdout) for _ in range(6)) < 0.1
