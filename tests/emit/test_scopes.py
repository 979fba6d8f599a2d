"""Scopes: every way of opening and closing them, and what an exception leaves behind."""

from __future__ import annotations

import asyncio
import datetime as dt

import pytest

import contexta
from contexta.testing import capture


def test_an_exception_marks_every_scope_failed_and_is_raised_on():
    """Status ERROR and error.type on each scope it leaves; the exception event on the innermost only."""
    raises = pytest.raises(ZeroDivisionError)
    run, stage, operation = contexta.run("p"), contexta.stage("s"), contexta.operation("divide")
    with capture() as evidence, raises, run, stage, operation:
        1 / 0  # noqa: B018
    for kind in ("run", "stage", "operation"):
        (span,) = evidence.spans(kind)
        assert span.status == 2
        assert span["error.type"] == "ZeroDivisionError"
    assert evidence.spans("run")[0]["contexta.run.status"] == "failed"
    assert evidence.spans("stage")[0]["contexta.stage.status"] == "failed"
    (exception,) = evidence.events("exception")
    assert exception["exception.message"] == "division by zero"
    assert exception["contexta.operation.name"] == "divide"
    assert "1 / 0" in exception["exception.stacktrace"]


@pytest.mark.parametrize(
    ("raised", "run_status", "stage_status", "code"),
    [
        (KeyboardInterrupt(), "interrupted", "interrupted", 2),
        (SystemExit(0), "completed", "completed", 0),
        (SystemExit(3), "failed", "failed", 2),
        (asyncio.CancelledError(), "cancelled", "interrupted", 2),
    ],
)
def test_what_is_no_error_of_the_job_is_told_apart(raised, run_status, stage_status, code):
    """Interrupts, exits and cancellations end as what they are."""
    with capture() as evidence, pytest.raises(type(raised)), contexta.run("p"), contexta.stage("s"):
        raise raised
    (run,), (stage,) = evidence.spans("run"), evidence.spans("stage")
    assert run["contexta.run.status"] == run_status
    assert stage["contexta.stage.status"] == stage_status
    assert run.status == code


def test_start_and_end_do_what_with_does():
    """For code that cannot nest: status and error are given to end()."""
    with capture() as evidence:
        run = contexta.run("p", id="r1").start()
        stage = contexta.stage("s").start()
        contexta.log_metric("m", 1)
        stage.end(status="skipped")
        run.end(error=ValueError("no data"))
    assert evidence.spans("stage")[0]["contexta.stage.status"] == "skipped"
    assert evidence.spans("run")[0]["error.type"] == "ValueError"
    assert evidence.events("contexta.metric")[0]["contexta.stage.name"] == "s"
    assert contexta.current_run() is None


def test_a_decorated_function_gets_a_new_scope_each_call():
    """Functions, with arguments and results untouched."""

    @contexta.stage("prepare")
    def prepare(x: int) -> int:
        """Docs stay."""
        contexta.log_metric("x", x)
        return x + 1

    with capture() as evidence, contexta.run("p"):
        assert [prepare(1), prepare(2)] == [2, 3]
    assert len(evidence.spans("stage")) == 2
    assert prepare.__doc__ == "Docs stay."


def test_a_decorated_run_has_a_new_id_each_call():
    """A run decorator is a run per call."""

    @contexta.run("p")
    def job() -> str:
        run = contexta.current_run()
        assert run is not None
        return run.id

    with capture():
        assert job() != job()


def test_a_decorated_generator_is_current_only_while_it_runs():
    """Between items the consumer is outside the scope, also when the body is inside another one."""

    @contexta.operation("read")
    def read():
        with contexta.batch("b"):
            for n in range(3):
                contexta.log_metric("inside", n)
                got = yield n
                if got is not None:
                    contexta.log_metric("sent", got)
        return "end"

    with capture() as evidence, contexta.run("p"):
        items = read()
        assert next(items) == 0
        contexta.log_metric("outside", 0)
        assert items.send(9) == 1
        assert list(items) == [2]
        contexta.log_metric("outside", 1)
    for event in evidence.events("contexta.metric"):
        inside = event["contexta.metric.name"] != "outside"
        assert ("contexta.operation.name" in event.attributes) == inside
        assert ("contexta.batch.id" in event.attributes) == inside
    assert evidence.spans("operation")[0].status == 0


def test_a_generator_given_up_early_ends_its_scope():
    """Closing a generator, or an exception in it, ends the scope."""

    @contexta.operation("read")
    def read(fail: bool):
        yield 1
        if fail:
            raise ValueError("broken")
        yield 2

    with capture() as evidence, contexta.run("p"):
        first = read(False)
        next(first)
        first.close()
        with pytest.raises(ValueError, match="broken"):
            list(read(True))
    assert [span.status for span in evidence.spans("operation")] == [0, 2]


def test_coroutines_and_async_generators_keep_their_own_scope():
    """Concurrent tasks each record in their own batch; async with and async for work."""

    @contexta.batch("shared")
    async def shared() -> None:
        await asyncio.sleep(0)
        contexta.log_metric("in_batch", 1)

    @contexta.operation("stream")
    async def stream():
        for n in range(2):
            contexta.log_metric("streamed", n)
            yield n

    async def one(n: int) -> None:
        async with contexta.batch(f"b{n}"):
            await asyncio.sleep(0.01 * (3 - n))
            contexta.log_metric("m", n)

    async def main() -> None:
        async with contexta.run("p"), contexta.stage("s"):
            await asyncio.gather(*(one(n) for n in range(3)), shared())
            async for _ in stream():
                contexta.log_metric("outside", 0)

    with capture() as evidence:
        asyncio.run(main())
    batches = {
        event["contexta.metric.value"]: event["contexta.batch.id"]
        for event in evidence.events("contexta.metric")
        if event["contexta.metric.name"] == "m"
    }
    assert batches == {0.0: "b0", 1.0: "b1", 2.0: "b2"}
    for event in evidence.events("contexta.metric"):
        if event["contexta.metric.name"] == "outside":
            assert "contexta.operation.name" not in event.attributes


def test_a_run_inside_a_run_is_that_run_unless_it_says_otherwise():
    """Without id or parent it joins; with an id it is a child run."""
    with capture() as evidence, contexta.run("p", id="outer") as outer:
        with contexta.run("other") as joined:
            joined.log_metric("m", 1)
            assert joined.id == "outer"
            assert joined.span is outer.span
        assert contexta.current_run() is outer
        with contexta.run(id="trial_1"):
            contexta.log_metric("m", 2)
    runs = {span["contexta.run.id"]: span for span in evidence.spans("run")}
    assert set(runs) == {"outer", "trial_1"}
    assert runs["trial_1"]["contexta.run.parent_id"] == "outer"
    assert runs["trial_1"]["contexta.project.name"] == "p"
    assert [e["contexta.run.id"] for e in evidence.events("contexta.metric")] == [
        "outer",
        "trial_1",
    ]


def test_a_sample_scope_carries_what_is_described_later():
    """A sample with operations of its own; scores are known after the work."""
    sample = contexta.sample("p1", slices="refund")
    with capture() as evidence, contexta.run("p"), sample:
        with contexta.operation("retrieve", type="retrieval"):
            pass
        sample.describe(scores={"f": 1}, status="passed", failure_tags=["x"])
    (span,) = evidence.spans("sample")
    assert span["contexta.sample.id"] == "p1"
    assert span["contexta.slice"] == ["refund"]
    assert span["contexta.sample.score.f"] == 1.0
    assert span["contexta.sample.status"] == "passed"
    (operation,) = evidence.spans("operation")
    assert operation["contexta.sample.id"] == "p1"
    assert operation["contexta.operation.type"] == "retrieval"


def test_a_deployment_needs_no_run_and_tells_a_past_story():
    """Times, links and checks as the documents have them."""
    with (
        capture() as evidence,
        contexta.deployment(
            "d1",
            environment="production",
            artifact="model_v17",
            source_run="train_021",
            report="report_v17",
            started_at="2026-05-04T08:30:00Z",
            completed_at=dt.datetime(2026, 5, 4, 8, 37, 12, tzinfo=dt.UTC),
        ) as deployment,
    ):
        deployment.log_check("schema_check", "passed")
        deployment.log_check("smoke_test", True)
        deployment.set_status("succeeded")
        deployment.log_relation(
            "derived_from", "model_v17", "d1", confidence="inferred", captured_by="import"
        )
    (span,) = evidence.spans("deployment")
    assert (
        span.attributes.items()
        >= {
            "deployment.id": "d1",
            "deployment.environment.name": "production",
            "deployment.status": "succeeded",
            "contexta.deployment.artifact_id": "model_v17",
            "contexta.deployment.source_run_id": "train_021",
            "contexta.deployment.report_id": "report_v17",
            "contexta.deployment.started_at": "2026-05-04T08:30:00Z",
            "contexta.deployment.completed_at": "2026-05-04T08:37:12Z",
            "contexta.deployment.check.schema_check": "passed",
            "contexta.deployment.check.smoke_test": "passed",
        }.items()
    )
    assert "contexta.run.id" not in span.attributes
    (relation,) = evidence.events("contexta.relation")
    assert relation["contexta.captured_by"] == "import"
    assert relation["deployment.id"] == "d1"


def test_a_failed_deployment_says_so():
    """An exception makes it failed; pending has no completion."""
    with capture() as evidence:
        with pytest.raises(RuntimeError), contexta.deployment("d1", environment="staging"):
            raise RuntimeError("no")
        with contexta.deployment("d2", environment="staging") as deployment:
            deployment.set_status("pending")
    failed, pending = evidence.spans("deployment")
    assert failed["deployment.status"] == "failed"
    assert failed.status == 2
    assert "contexta.deployment.completed_at" not in pending.attributes


def test_past_runs_are_told_in_their_own_time(receiver):
    """started_at and end(at=…) set the span's times, at= the event's, exactly."""
    start = dt.datetime(2026, 5, 3, 9, 12, 44, tzinfo=dt.UTC)
    run = contexta.run("p", id="past", started_at=start).start()
    stage = contexta.stage("prepare", started_at=start).start()
    contexta.log_event("began", at="2026-05-03T09:12:45.000001Z")
    stage.end(at="2026-05-03T09:13:10Z")
    run.end(at=dt.datetime(2026, 5, 3, 9, 24, 3, tzinfo=dt.UTC))
    assert contexta.flush(60)
    (span,) = receiver.of("run")
    second = 1_000_000_000
    assert span.start_ns == int(start.timestamp()) * second
    assert span.end_ns - span.start_ns == (11 * 60 + 19) * second
    (stage_span,) = receiver.of("stage")
    assert stage_span.end_ns - stage_span.start_ns == 26 * second
    (began,) = receiver.named("began")
    assert began.at_ns == span.start_ns + second + 1_000
    (started,) = receiver.named("contexta.run.started")
    assert started.at_ns == span.start_ns


def test_a_run_that_is_never_ended_is_interrupted_at_exit(script, receiver):
    """start() without end(): at the interpreter's exit it is ended as interrupted, stages inside too."""
    done = script(
        "import contexta\n"
        "contexta.run('p').start()\ncontexta.stage('s').start()\ncontexta.log_metric('m', 1)\n",
        CONTEXTA_ENDPOINT=receiver.endpoint,
    )
    assert done.returncode == 0, done.stderr
    assert receiver.of("run")[0].attributes["contexta.run.status"] == "interrupted"
    assert receiver.of("stage")[0].attributes["contexta.stage.status"] == "interrupted"
    assert receiver.named("contexta.metric")
    assert receiver.has_no_gap()
