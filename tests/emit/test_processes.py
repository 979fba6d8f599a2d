"""Processes and threads of every make: what they record is in the run, each as itself, without a gap."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

import contexta
from contexta.scopes import joining
from contexta.testing import capture

WORKERS = """
import os, sys, multiprocessing, concurrent.futures, contexta

def work(n):
    contexta.log_metric("worker", n)
    with contexta.batch(f"b{n}", index=n):
        contexta.log_sample(f"s{n}")
    return n

def spawned(how):
    with contexta.run("p", id="r1"), contexta.stage("fit"):
        os.environ.update(contexta.child_env())
        context = multiprocessing.get_context(how)
        with context.Pool(2) as pool:
            assert sorted(pool.map(work, range(8), chunksize=1)) == list(range(8))
            pool.close()
            pool.join()

def executor(how):
    with contexta.run("p", id="r1"), contexta.stage("fit"):
        os.environ.update(contexta.child_env())
        context = multiprocessing.get_context(how)
        with concurrent.futures.ProcessPoolExecutor(2, mp_context=context) as pool:
            assert sorted(pool.map(work, range(8))) == list(range(8))

def loader(how):
    \"\"\"Workers as a data loader has them: started by an iterator, feeding a queue, told to stop.\"\"\"
    context = multiprocessing.get_context(how)
    with contexta.run("p", id="r1"), contexta.stage("fit"):
        os.environ.update(contexta.child_env())
        todo, done = context.Queue(), context.Queue()
        workers = [context.Process(target=feed, args=(todo, done), daemon=True) for _ in range(2)]
        for one in workers: one.start()
        for n in range(8): todo.put(n)
        assert sorted(done.get() for _ in range(8)) == list(range(8))
        for _ in workers: todo.put(None)
        for one in workers: one.join()

def feed(todo, done):
    while (n := todo.get()) is not None:
        done.put(work(n))

if __name__ == "__main__":
    globals()[sys.argv[1] if len(sys.argv) > 1 else os.environ["KIND"]](os.environ["HOW"])
"""


@pytest.mark.parametrize("how", ["fork", "spawn", "forkserver"])
@pytest.mark.parametrize("kind", ["spawned", "executor", "loader"])
def test_workers_of_any_start_method_record_into_the_run(script, receiver, how, kind):
    """Pools, executors and loader workers: everything arrives before the program has ended."""
    done = script(WORKERS, KIND=kind, HOW=how, CONTEXTA_ENDPOINT=receiver.endpoint)
    assert done.returncode == 0, done.stderr
    metrics = receiver.named("contexta.metric")
    assert sorted(m.attributes["contexta.metric.value"] for m in metrics) == list(range(8))
    assert {m.attributes["contexta.run.id"] for m in metrics} == {"r1"}
    assert sorted(b.attributes["contexta.batch.id"] for b in receiver.of("batch")) == [
        f"b{n}" for n in range(8)
    ]
    assert len(receiver.named("contexta.sample")) == 8
    producers = {span.attributes["contexta.producer.id"] for span in receiver.spans}
    workers = {m.attributes["contexta.producer.id"] for m in metrics}
    assert 1 <= len(workers) <= 2
    assert workers < producers
    for producer in producers:
        numbers = receiver.sequence(producer)
        assert numbers == list(range(len(numbers)))
    closed = [one.attributes["contexta.producer.id"] for one in receiver.named("contexta.ledger")]
    assert sorted(closed) == sorted(producers), "each says how much it sent, once"
    pids = {
        (one.attributes["contexta.producer.id"], one.resource["process.pid"])
        for one in receiver.spans
    }
    assert len({pid for _, pid in pids}) == len(pids) == len(producers), "each has a pid of its own"


def test_threads_and_tasks_keep_their_place(script, receiver):
    """Executors with the context carried, asyncio tasks, to_thread: each in its own batch."""
    done = script(
        "import asyncio, contextvars, contexta\n"
        "from concurrent.futures import ThreadPoolExecutor\n"
        "def work(n):\n"
        "    with contexta.batch(f'b{n}'): contexta.log_metric('m', n)\n"
        "async def task(n):\n"
        "    async with contexta.batch(f'b{n}'):\n"
        "        await asyncio.sleep(0)\n"
        "        await asyncio.to_thread(contexta.log_metric, 'm', n)\n"
        "async def main(): await asyncio.gather(*(task(n) for n in range(100, 150)))\n"
        "with contexta.run('p', id='r1'), contexta.stage('s'):\n"
        "    with ThreadPoolExecutor(8) as pool:\n"
        "        futures = [pool.submit(contextvars.copy_context().run, work, n) for n in range(50)]\n"
        "        for one in futures: one.result()\n"
        "    asyncio.run(main())\n",
        CONTEXTA_ENDPOINT=receiver.endpoint,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    metrics = receiver.named("contexta.metric")
    assert len(metrics) == 100
    for metric in metrics:
        number = int(metric.attributes["contexta.metric.value"])
        assert metric.attributes["contexta.batch.id"] == f"b{number}"
        assert metric.attributes["contexta.stage.name"] == "s"
    assert receiver.sequence() == list(range(len(receiver.sequence())))


RANK = """
import os, sys, time, contexta
with contexta.run("p", type="training"), contexta.stage("train"):
    contexta.log_metric("loss", 0.5, step=1)
    assert contexta.flush(60)
    print("ready", flush=True)
    sys.stdin.readline()
"""


def test_ranks_are_told_apart_and_a_dead_one_is_seen(receiver, tmp_path):
    """Four ranks as a launcher starts them; one is killed: three ends, and one without."""
    (tmp_path / "rank.py").write_text(RANK)
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("CONTEXTA_", "OTEL_"))}
    shared = {
        "CONTEXTA_ENDPOINT": receiver.endpoint,
        "CONTEXTA_ENVIRONMENT": "0",
        "CONTEXTA_RUN_ID": "r1",
        "WORLD_SIZE": "4",
    }
    ranks = [
        subprocess.Popen(
            [sys.executable, str(tmp_path / "rank.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**clean, **shared, "RANK": str(rank), "LOCAL_RANK": str(rank)},
        )
        for rank in range(4)
    ]
    try:
        for one in ranks:
            assert one.stdout is not None
            assert one.stdout.readline() == "ready\n"
        ranks[2].send_signal(signal.SIGKILL)
        for one in ranks:
            one.communicate("\n", timeout=30)
        assert [one.returncode for one in ranks] == [0, 0, -9, 0]
    finally:
        for one in ranks:
            one.kill()
            one.wait()
    begun = {e.attributes["contexta.process.rank"] for e in receiver.named("contexta.run.started")}
    ended = {run.attributes["contexta.process.rank"] for run in receiver.of("run")}
    assert (begun, ended) == ({0, 1, 2, 3}, {0, 1, 3})
    assert {e.attributes["contexta.run.id"] for e in receiver.named("contexta.metric")} == {"r1"}
    producers = {e.attributes["contexta.producer.id"] for e in receiver.named("contexta.metric")}
    assert len(producers) == 4
    assert {run.attributes["contexta.process.world_size"] for run in receiver.of("run")} == {4}


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"RANK": "1", "WORLD_SIZE": "4"}, (1, 4)),
        ({"OMPI_COMM_WORLD_RANK": "0", "OMPI_COMM_WORLD_SIZE": "2"}, (0, 2)),
        ({"PMI_RANK": "3", "PMI_SIZE": "4"}, (3, 4)),
        ({"SLURM_PROCID": "5", "SLURM_STEP_NUM_TASKS": "8", "SLURM_NTASKS": "8"}, (5, 8)),
        # torchrun in each task of a Slurm step: its ranks, not the step's
        ({"RANK": "9", "WORLD_SIZE": "16", "SLURM_PROCID": "1", "SLURM_STEP_NUM_TASKS": "2"}, (9, 16)),
        # a batch script that reserved four tasks, and is none of them
        ({"SLURM_PROCID": "0", "SLURM_NTASKS": "4"}, None),
        # half a pair says nothing, and two halves of different launchers are no pair
        ({"WORLD_SIZE": "4", "OMPI_COMM_WORLD_RANK": "1"}, None),
        ({"RANK": "4", "WORLD_SIZE": "4"}, None),
        ({"RANK": "²", "WORLD_SIZE": "many"}, None),
        ({}, None),
    ],
)  # fmt: skip
def test_a_rank_is_what_its_launcher_says(monkeypatch, variables, expected):
    """Rank and world size are announced together, from one launcher, or not at all."""
    for launcher in joining._LAUNCHERS:
        for variable in launcher:
            monkeypatch.delenv(variable, raising=False)
    for variable, value in variables.items():
        monkeypatch.setenv(variable, value)
    with capture() as evidence, contexta.run("p"):
        pass
    (started,) = evidence.events("contexta.run.started")
    told = started.attributes
    found = told.get("contexta.process.rank"), told.get("contexta.process.world_size")
    assert found == (expected or (None, None))


def test_a_process_inside_a_run_needs_no_run_of_its_own(script, receiver):
    """log_, stages and batches join the run of the environment; the process's end is its end."""
    done = script(
        "import contexta, threading\n"
        "contexta.log_metric('one', 1)\n"
        "with contexta.stage('s'): contexta.log_metric('two', 2)\n"
        "thread = threading.Thread(target=lambda: contexta.log_metric('three', 3))\n"
        "thread.start(); thread.join()\n"
        "with contexta.run('other') as same: contexta.log_metric('four', 4); assert same.id == 'r1'\n"
        "with contexta.run('other', id='mine'): contexta.log_metric('five', 5)\n",
        CONTEXTA_ENDPOINT=receiver.endpoint,
        CONTEXTA_RUN_ID="r1",
        CONTEXTA_RUN_TYPE="training",
        CONTEXTA_PROJECT="p",
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    where = {
        e.attributes["contexta.metric.name"]: e.attributes["contexta.run.id"]
        for e in receiver.named("contexta.metric")
    }
    assert where == {"one": "r1", "two": "r1", "three": "r1", "four": "r1", "five": "mine"}
    (run,) = (one for one in receiver.of("run") if one.attributes["contexta.run.id"] == "r1")
    assert run.attributes["contexta.run.status"] == "completed"
    assert run.attributes["contexta.run.type"] == "training"
    assert receiver.sequence() == list(range(len(receiver.sequence())))


def test_a_job_that_joins_nothing_pays_nothing(script, receiver):
    """Without a run in the environment a log_ call outside any run is still a look and a return."""
    done = script(
        "import contexta, logging, time\n"
        "logging.disable()\n"
        "contexta.log_metric('m', 1)\n"
        "begun = time.process_time()\n"
        "for n in range(10_000): contexta.log_metric('m', n)\n"
        "assert time.process_time() - begun < 0.5\n",
        CONTEXTA_ENDPOINT=receiver.endpoint,
    )
    assert done.returncode == 0, done.stderr
    assert not receiver.spans
