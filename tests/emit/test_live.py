"""A run is seen while it runs, and its totals agree with what arrived."""

from __future__ import annotations

import os
import threading

import pytest

import contexta


def test_a_run_is_visible_within_two_seconds(receiver):
    """The announce arrives while the run is open, with the run's attributes."""
    with contexta.run("p", type="training", id="r1", tags={"team": "search"}, attempt=2):
        (started,) = receiver.wait(lambda: receiver.named("contexta.run.started"), 2.0)
        assert not receiver.of("run")
    assert started.attributes["contexta.run.id"] == "r1"
    assert started.attributes["contexta.run.type"] == "training"
    assert started.attributes["contexta.run.tag.team"] == "search"
    assert started.attributes["contexta.run.attempt"] == 2
    assert started.span.kind == "segment"


def test_more_events_than_a_span_may_hold_arrive_in_segments(receiver):
    """1,234 metrics arrive once each, in segments of at most 100, none cut by the SDK's 128."""
    with contexta.run("p"), contexta.stage("train"):
        for step in range(1_234):
            contexta.log_metric("loss", 1 / (step + 1), step=step)
    assert contexta.flush(60)
    metrics = receiver.named("contexta.metric")
    assert sorted(one.attributes["contexta.metric.step"] for one in metrics) == list(range(1_234))
    segments = [one.span for one in metrics if one.span.kind == "segment"]
    assert segments
    assert max(len(one.events) for one in receiver.spans) <= 101
    indexes = {one.attributes["contexta.segment.index"] for one in segments}
    assert indexes == set(range(len(indexes)))
    assert receiver.has_no_gap()


def test_large_events_leave_before_a_hundred_of_them(receiver):
    """Segments close at 256 KiB too, and requests stay below what a receiver takes."""
    with contexta.run("p"):
        for index in range(200):
            contexta.log_event("page", {"text": "x" * 30_000, "index": index})
    assert contexta.flush(60)
    assert len(receiver.named("page")) == 200
    assert max(receiver.requests) < 3_500_000


def test_events_of_a_quiet_scope_leave_by_age(receiver, restart, monkeypatch):
    """A single metric arrives while its stage is still open."""
    monkeypatch.setenv("CONTEXTA_SEGMENT_S", "0.2")
    restart(endpoint=receiver.endpoint)
    with contexta.run("p"), contexta.stage("train"):
        contexta.log_metric("loss", 0.5)
        receiver.wait(lambda: receiver.named("contexta.metric"), 5.0)


def test_heartbeats_say_the_run_lives(receiver, restart):
    """Heartbeats come while a run is open, with the number given out last."""
    restart(endpoint=receiver.endpoint, heartbeat_s=0.1)
    with contexta.run("p"):
        receiver.wait(lambda: len(receiver.named("contexta.heartbeat")) >= 2)
    assert contexta.flush(60)
    beats = receiver.named("contexta.heartbeat")
    for beat in beats:
        assert beat.attributes["contexta.heartbeat.last_seq"] < beat.attributes["contexta.seq"] + 1


@pytest.mark.parametrize("carrier", ["span", "log", "both"])
def test_the_ledger_agrees_with_what_arrived(receiver, restart, carrier):
    """last_seq and every count of the closing ledger equal what the receiver has."""
    restart(endpoint=receiver.endpoint, carrier=carrier)
    before = sum(contexta.dropped().values())
    with contexta.run("p") as run, contexta.stage("evaluate"):
        contexta.log_metrics({"a": 1, "b": 2})
        contexta.log_series("loss", [3.0, 2.0, 1.0])
        contexta.log_sample("s1", scores={"f": 1})
        contexta.log_artifact("s3://bucket/model", kind="model_bundle")
        contexta.log_event("something_happened")
        contexta.log_degraded("half_the_data")
    assert contexta.flush(60)
    ledgers = {tuple(sorted(one.attributes.items())) for one in receiver.named("contexta.ledger")}
    (ledger,) = (dict(one) for one in ledgers)
    numbers = set(receiver.sequence(ledger["contexta.producer.id"]))
    total = ledger["contexta.ledger.last_seq"] + 1
    in_this_run = [
        one
        for one in (*receiver.spans, *receiver.events, *receiver.logs)
        if one.attributes["contexta.run.id"] == run.id
    ]
    first = min(one.attributes["contexta.seq"] for one in in_this_run)
    assert set(range(first, total)) <= numbers
    assert ledger["contexta.ledger.last_seq"] == receiver.of("run")[0].attributes["contexta.seq"]
    assert ledger["contexta.ledger.dropped_count"] == before


def test_counts_of_the_ledger_are_over_the_life_of_the_producer(script, receiver):
    """In a process of its own, counts and last_seq are exactly what arrived."""
    done = script(
        "import contexta\n"
        "for n in range(2):\n"
        "    with contexta.run('p', id=f'r{n}'), contexta.stage('s'):\n"
        "        contexta.log_metrics({'a': 1, 'b': 2}); contexta.log_sample('x')\n"
        "        contexta.log_event('e'); contexta.log_degraded('d')\n"
        "        contexta.log_artifact('s3://b/m', kind='checkpoint')\n",
        CONTEXTA_ENDPOINT=receiver.endpoint,
    )
    assert done.returncode == 0, done.stderr
    last = max(receiver.named("contexta.ledger"), key=lambda one: one.attributes["contexta.seq"])
    prefix = "contexta.ledger."
    assert last.attributes[f"{prefix}last_seq"] == max(receiver.sequence())
    assert receiver.sequence() == list(range(last.attributes[f"{prefix}last_seq"] + 1))
    assert last.attributes[f"{prefix}metric_count"] == len(receiver.named("contexta.metric")) == 4
    assert last.attributes[f"{prefix}sample_count"] == 2
    assert last.attributes[f"{prefix}artifact_count"] == 2
    assert last.attributes[f"{prefix}degraded_count"] == 2
    assert last.attributes[f"{prefix}event_count"] == 2
    assert last.attributes[f"{prefix}span_count"] == len(receiver.spans)


def test_threads_share_the_run_through_their_context(receiver):
    """Work in threads that carry the context is numbered without gaps and addressed rightly."""
    import contextvars

    with contexta.run("p"), contexta.stage("train"):

        def work(worker: int) -> None:
            with contexta.batch(f"b{worker}"):
                for step in range(300):
                    contexta.log_metric("loss", 0.1, step=step)

        contexts = [contextvars.copy_context() for _ in range(4)]
        threads = [
            threading.Thread(target=context.run, args=(work, worker))
            for worker, context in enumerate(contexts)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert contexta.flush(60)
    metrics = receiver.named("contexta.metric")
    assert len(metrics) == 1_200
    assert {one.attributes["contexta.batch.id"] for one in metrics} == {"b0", "b1", "b2", "b3"}
    sequence = receiver.sequence()
    assert sequence == list(range(sequence[0], sequence[-1] + 1))


def test_a_forked_child_is_another_producer(script, receiver):
    """After a fork the child counts for itself, ends nothing of its parent's, and its evidence arrives."""
    done = script(
        "import os, contexta\n"
        "with contexta.run('p', id='r1') as run:\n"
        "    with contexta.stage('train'):\n"
        "        contexta.log_metric('parent', 1)\n"
        "        assert contexta.flush(60)\n"
        "        contexta.log_metric('waiting', 1)\n"
        "        pid = os.fork()\n"
        "        contexta.log_metric('child' if pid == 0 else 'parent', 2)\n"
        "    if pid == 0:\n"
        "        with contexta.stage('worker'): contexta.log_metric('child', 3)\n"
        "        ok = contexta.flush(60)\n"
        "        os._exit(0 if ok else 7)\n"
        "    assert os.waitpid(pid, 0)[1] == 0\n",
        CONTEXTA_ENDPOINT=receiver.endpoint,
    )
    assert done.returncode == 0, done.stderr
    assert len(receiver.of("run")) == 1
    assert [one.attributes["contexta.stage.name"] for one in receiver.of("stage")].count(
        "train"
    ) == 1
    by_name = {}
    for one in receiver.named("contexta.metric"):
        name = one.attributes["contexta.metric.name"]
        by_name.setdefault(name, set()).add(one.attributes["contexta.producer.id"])
    assert len(by_name["parent"]) == len(by_name["child"]) == len(by_name["waiting"]) == 1
    assert by_name["parent"] != by_name["child"]
    for producer in (*by_name["parent"], *by_name["child"]):
        numbers = receiver.sequence(producer)
        assert numbers == list(range(len(numbers)))


def test_a_pool_worker_delivers_without_being_asked(script, receiver):
    """multiprocessing children leave through os._exit; what they recorded still arrives."""
    done = script(
        "import multiprocessing as mp, contexta\n"
        "def work(n):\n"
        "    contexta.log_metric('worker', n)\n"
        "if __name__ == '__main__':\n"
        "    with contexta.run('p'), contexta.stage('s'):\n"
        "        children = [mp.get_context('fork').Process(target=work, args=(n,)) for n in range(3)]\n"
        "        [c.start() for c in children]; [c.join() for c in children]\n"
        "        assert [c.exitcode for c in children] == [0, 0, 0]\n",
        CONTEXTA_ENDPOINT=receiver.endpoint,
    )
    assert done.returncode == 0, done.stderr
    values = [one.attributes["contexta.metric.value"] for one in receiver.named("contexta.metric")]
    assert sorted(values) == [0, 1, 2]


def test_a_subprocess_joins_the_run(script, receiver, tmp_path):
    """child_env makes a subprocess's run() part of the run: same id, child span, own producer, rank."""
    (tmp_path / "child.py").write_text(
        "import contexta\nwith contexta.run():\n    contexta.log_metric('m', 1)\n"
    )
    done = script(
        "import os, subprocess, sys, contexta\n"
        "with contexta.run('p', id='r1', type='training'), contexta.stage('s'):\n"
        "    env = {**os.environ, **contexta.child_env(), 'RANK': '1', 'WORLD_SIZE': '2'}\n"
        "    subprocess.run([sys.executable, 'child.py'], env=env, check=True)\n",
        CONTEXTA_ENDPOINT=receiver.endpoint,
    )
    assert done.returncode == 0, done.stderr
    runs = receiver.of("run")
    assert {one.attributes["contexta.run.id"] for one in runs} == {"r1"}
    (child,) = (one for one in runs if "contexta.process.rank" in one.attributes)
    assert child.attributes["contexta.process.rank"] == 1
    assert child.attributes["contexta.process.world_size"] == 2
    assert child.attributes["contexta.run.type"] == "training"
    assert child.parent_id == receiver.of("stage")[0].span_id
    assert len({one.attributes["contexta.producer.id"] for one in runs}) == 2


def test_killed_in_the_middle_leaves_what_it_had_sent(receiver, tmp_path):
    """SIGKILL: the announce and all events older than the segment age have arrived."""
    import signal
    import subprocess
    import sys

    code = (
        "import time, contexta\n"
        "with contexta.run('p'), contexta.stage('train'):\n"
        "    for n in range(250): contexta.log_metric('loss', n, step=n)\n"
        "    print('ready', flush=True)\n"
        "    time.sleep(60)\n"
    )
    file = tmp_path / "job.py"
    file.write_text(code)
    env = {**os.environ, "CONTEXTA_ENDPOINT": receiver.endpoint, "CONTEXTA_SEGMENT_S": "0.3"}
    job = subprocess.Popen([sys.executable, str(file)], env=env, stdout=subprocess.PIPE)
    try:
        assert job.stdout is not None
        job.stdout.readline()
        receiver.wait(lambda: len(receiver.named("contexta.metric")) == 250)
    finally:
        job.send_signal(signal.SIGKILL)
        job.wait()
        job.stdout.close()
    assert receiver.named("contexta.run.started")
    assert not receiver.of("run")
