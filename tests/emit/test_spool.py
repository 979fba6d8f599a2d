"""Evidence that cannot be delivered waits on disk, whole, and is delivered later by whoever comes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import grpc
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

import contexta
from contexta.base.settings import Settings
from contexta.delivery import spool as spool_files
from contexta.delivery.destination import Destination

LOOP = (
    "import contexta\n"
    "with contexta.run('p', id='r1'), contexta.stage('train'):\n"
    "    for step in range(500): contexta.log_metric('loss', step, step=step)\n"
)


def files_in(spool: Path) -> list[Path]:
    """Every finished file of a spool."""
    return sorted(spool.glob(f"*/*{spool_files.SUFFIX}"))


def ship(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run contexta-ship as a process of its own."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("CONTEXTA_", "OTEL_"))}
    return subprocess.run(
        [sys.executable, "-m", "contexta.ship", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        env={**clean, **variables},
        check=False,
    )


def test_a_job_that_ended_before_the_endpoint_came_loses_nothing(
    script, serve, free_port, tmp_path
):
    """Endpoint away for the whole job, server started afterwards, contexta-ship: everything arrives."""
    spool = tmp_path / "spool"
    done = script(
        LOOP + "import sys; print(contexta.dropped())",
        CONTEXTA_ENDPOINT=f"http://127.0.0.1:{free_port}",
        CONTEXTA_SPOOL=str(spool),
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "{}"
    assert str(spool) in done.stderr
    waiting = files_in(spool)
    assert waiting
    late = serve(free_port)
    shipped = ship(str(spool))
    assert shipped.returncode == 0, shipped.stderr
    assert f"delivered {len(waiting)} files" in shipped.stdout
    assert files_in(spool) == []
    assert len(late.named("contexta.metric")) == 500
    numbers = late.sequence()
    assert numbers == list(
        range(late.named("contexta.ledger")[0].attributes["contexta.ledger.last_seq"] + 1)
    )
    assert late.named("contexta.ledger")[0].attributes["contexta.ledger.dropped_count"] == 0


def test_the_next_job_delivers_what_the_one_before_left(script, serve, free_port, tmp_path):
    """The next start of any job with the same endpoint brings along what waits."""
    variables = {
        "CONTEXTA_ENDPOINT": f"http://127.0.0.1:{free_port}",
        "CONTEXTA_SPOOL": str(tmp_path / "spool"),
    }
    assert script(LOOP, **variables).returncode == 0
    late = serve(free_port)
    again = script(
        "import contexta, time\n"
        "with contexta.run('p', id='r2'):\n"
        "    contexta.log_metric('m', 1)\n"
        "    time.sleep(1)\n",
        **variables,
    )
    assert again.returncode == 0, again.stderr
    late.wait(lambda: len(late.named("contexta.metric")) == 501)
    assert files_in(tmp_path / "spool") == []
    assert len({one.attributes["contexta.producer.id"] for one in late.spans}) == 2


def test_what_waits_for_one_endpoint_is_never_sent_to_another(
    script, receiver, free_port, tmp_path
):
    """A job with another endpoint leaves the files alone."""
    spool = tmp_path / "spool"
    away = f"http://127.0.0.1:{free_port}"
    assert script(LOOP, CONTEXTA_ENDPOINT=away, CONTEXTA_SPOOL=str(spool)).returncode == 0
    before = files_in(spool)
    other = "import contexta, time\nwith contexta.run('p', id='r2'): time.sleep(0.5)\n"
    done = script(other, CONTEXTA_ENDPOINT=receiver.endpoint, CONTEXTA_SPOOL=str(spool))
    assert done.returncode == 0, done.stderr
    assert files_in(spool) == before
    assert {one.attributes["contexta.run.id"] for one in receiver.spans} == {"r2"}


def test_away_in_the_middle_and_back_arrives_by_itself(receiver, restart, tmp_path):
    """An endpoint that goes away for a while and comes back has everything, without anybody's help."""
    spool = tmp_path / "spool"
    away = threading.Event()
    receiver.fail = lambda: (grpc.StatusCode.UNAVAILABLE, ()) if away.is_set() else None
    restart(endpoint=receiver.endpoint, spool=str(spool))
    with contexta.run("p"), contexta.stage("s"):
        for step in range(1_500):
            if step == 500:
                assert contexta.flush(60)
                away.set()
            if step == 1_000:
                receiver.wait(lambda: files_in(spool))
                away.clear()
            contexta.log_metric("loss", step, step=step)
    assert contexta.flush(15)
    steps = {one.attributes["contexta.metric.step"] for one in receiver.named("contexta.metric")}
    assert steps == set(range(1_500))
    assert receiver.has_no_gap()
    assert files_in(spool) == []


def test_a_wait_the_endpoint_asks_for_is_kept(receiver, restart, tmp_path):
    """UNAVAILABLE with RetryInfo: no second attempt before the second it asks for has passed."""
    asked = (("google.rpc.retryinfo-bin", b"\n\x02\x08\x01"),)
    attempts: list[float] = []

    def once() -> tuple[grpc.StatusCode, tuple[tuple[str, bytes], ...]] | None:
        attempts.append(time.monotonic())
        return (grpc.StatusCode.UNAVAILABLE, asked) if len(attempts) == 1 else None

    receiver.fail = once
    restart(endpoint=receiver.endpoint, spool=str(tmp_path / "spool"))
    with contexta.run("p"):
        contexta.log_metric("m", 1)
    assert contexta.flush(60)
    assert attempts[1] - attempts[0] >= 1.0
    assert receiver.has_no_gap()


def test_killed_while_the_endpoint_is_away_keeps_what_is_on_disk(
    script, serve, free_port, tmp_path
):
    """SIGKILL with nobody listening: what is older than the segment age is in the spool."""
    spool = tmp_path / "spool"
    done = script(
        "import os, signal, time, contexta, pathlib, sys\n"
        "with contexta.run('p', id='r1'), contexta.stage('train'):\n"
        "    for step in range(250): contexta.log_metric('loss', step, step=step)\n"
        "    time.sleep(2.5)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n",
        CONTEXTA_ENDPOINT=f"http://127.0.0.1:{free_port}",
        CONTEXTA_SPOOL=str(spool),
        CONTEXTA_SEGMENT_S="1",
    )
    assert done.returncode == -signal.SIGKILL
    late = serve(free_port)
    assert ship(str(spool)).returncode == 0
    assert len(late.named("contexta.metric")) == 250
    assert late.named("contexta.run.started")


def test_an_endpoint_that_never_answers_does_not_keep_evidence_in_memory(
    receiver, restart, tmp_path, monkeypatch
):
    """While a request hangs, what it carries and what comes after it is written down within the segment age."""
    gate = threading.Event()
    receiver.fail = lambda: gate.wait(60) and None
    spool = tmp_path / "spool"
    monkeypatch.setenv("CONTEXTA_SEGMENT_S", "1")
    restart(endpoint=receiver.endpoint, spool=str(spool))
    with contexta.run("p", id="hung"):
        contexta.log_metric("m", 1)

        def steps() -> bool:
            bodies = b"".join(path.read_bytes() for path in files_in(spool))
            return b"contexta.run.started" in bodies and b"contexta.metric.name" in bodies

        receiver.wait(steps, 5)
        gate.set()
    assert contexta.flush(60)
    numbers = sorted(set(receiver.sequence()))
    assert numbers == list(range(numbers[0], numbers[-1] + 1))
    assert files_in(spool) == []


def test_the_limit_of_the_spool_is_counted_and_said(
    restart, receiver, tmp_path, monkeypatch, caplog
):
    """CONTEXTA_SPOOL_MAX_BYTES reached: a warning, a count by cause, a marker and the ledger say so."""
    away = threading.Event()
    away.set()
    receiver.fail = lambda: (grpc.StatusCode.UNAVAILABLE, ()) if away.is_set() else None
    spool = tmp_path / "spool"
    monkeypatch.setenv("CONTEXTA_SPOOL_MAX_BYTES", "200000")
    restart(endpoint=receiver.endpoint, spool=str(spool), queue_max_items=20, heartbeat_s=0.2)
    before = sum(contexta.dropped().values())
    with contexta.run("p", id="full"):
        begun = time.monotonic()
        while sum(contexta.dropped().values()) == before and time.monotonic() - begun < 20:
            for step in range(1_000):
                contexta.log_metric("loss", step, step=step)
        assert contexta.dropped()["spool_full"] > 0
        assert spool_files.size_of(spool) <= 200_000
        away.clear()
        receiver.wait(lambda: receiver.named("contexta.degraded"), 20)
    assert contexta.flush(60)
    assert "CONTEXTA_SPOOL_MAX_BYTES" in caplog.text
    lost = sum(contexta.dropped().values()) - before
    numbers = set(receiver.sequence())
    closing = receiver.named("contexta.ledger")[0].attributes
    assert closing["contexta.ledger.last_seq"] - min(numbers) + 1 - len(numbers) == lost
    (marker, *_) = receiver.named("contexta.degraded")
    assert "spool_full" in marker.attributes["contexta.degraded.detail"]
    assert "contexta-ship" in marker.attributes["contexta.degraded.remedy"]


def test_a_queue_that_overflows_goes_to_disk(receiver, restart, tmp_path):
    """A receiver that hangs and a small queue: nothing is lost, nothing is counted as dropped."""
    gate = threading.Event()
    receiver.fail = lambda: gate.wait(60) and None
    restart(endpoint=receiver.endpoint, queue_max_items=50, spool=str(tmp_path / "spool"))
    before = contexta.dropped()
    with contexta.run("p", id="full"):
        for step in range(20_000):
            contexta.log_metric("loss", step, step=step)
        gate.set()
    assert contexta.flush(60)
    assert contexta.dropped() == before
    steps = {one.attributes["contexta.metric.step"] for one in receiver.named("contexta.metric")}
    assert steps == set(range(20_000))


def test_files_are_private_whole_and_say_how_much_they_hold(script, free_port, tmp_path):
    """0700; each file one length-delimited request, its count of numbered items in its name."""
    spool = tmp_path / "deep" / "spool"
    script(LOOP, CONTEXTA_ENDPOINT=f"http://127.0.0.1:{free_port}", CONTEXTA_SPOOL=str(spool))
    assert spool.stat().st_mode & 0o777 == 0o700
    for path in files_in(spool):
        (body,) = spool_files.messages(path.read_bytes(), strict=True)
        request = ExportTraceServiceRequest.FromString(body)
        spans = [s for r in request.resource_spans for c in r.scope_spans for s in c.spans]
        assert spool_files.evidence_of(path) == sum(1 + len(span.events) for span in spans)


def test_a_torn_file_costs_only_itself(tmp_path):
    """What a killed writer left hidden is finished if whole and removed if torn; others stay."""
    destination = Destination.of(Settings())
    spool = spool_files.Spool([tmp_path], destination, 1_000_000)
    assert spool.keep("traces", b"whole", 1)
    place = tmp_path / destination.key
    old = time.time() - 60
    for name, body in {".A-1.traces.binpb": b"\x05whole", ".B-1.traces.binpb": b"\x05who"}.items():
        (place / name).write_bytes(body)
        os.utime(place / name, (old, old))
    spool_files.waiting(place)
    names = [path.name for path in spool_files.waiting(place)]
    assert len(names) == 2
    assert "A-1.traces.binpb" in names
    assert not list(place.glob(".*binpb"))
    torn = b"\x03one\x03two\x09torn"
    assert list(spool_files.messages(torn)) == [b"one", b"two"]


def test_two_processes_never_take_the_same_file(tmp_path):
    """A file one process is delivering is left alone by another."""
    path = tmp_path / "A-1.traces.binpb"
    path.write_bytes(b"\x01x")
    with spool_files.claimed(path) as mine:
        assert mine == b"\x01x"
        with spool_files.claimed(path) as theirs:
            assert theirs is None


def test_ship_says_what_is_wrong(free_port, script, tmp_path):
    """Nothing waits: 0. No such directory: 2. Nobody answers: 4, and everything is still there."""
    spool = tmp_path / "spool"
    assert ship(str(spool)).returncode == 2
    spool.mkdir()
    nothing = ship(str(spool))
    assert (nothing.returncode, nothing.stdout) == (0, f"nothing waits in {spool}\n")
    away = f"http://127.0.0.1:{free_port}"
    script(LOOP, CONTEXTA_ENDPOINT=away, CONTEXTA_SPOOL=str(spool))
    before = files_in(spool)
    failed = ship(str(spool))
    assert failed.returncode == 4
    assert "hint: start it (contexta serve)" in failed.stderr
    assert files_in(spool) == before


@pytest.mark.parametrize("protocol", ["http/protobuf", "http/json"])
def test_ship_goes_elsewhere_when_told(http_receiver, script, free_port, tmp_path, protocol):
    """--endpoint sends everything there, over any protocol; a file: endpoint makes an inbox of it."""
    spool = tmp_path / "spool"
    away = f"http://127.0.0.1:{free_port}"
    script(LOOP, CONTEXTA_ENDPOINT=away, CONTEXTA_SPOOL=str(spool), CONTEXTA_CARRIER="both")
    done = ship(str(spool), "--endpoint", http_receiver.endpoint, "--protocol", protocol)
    assert done.returncode == 0, done.stderr
    assert len(http_receiver.logs) >= 500
    assert (
        len({e.attributes["contexta.seq"] for e in http_receiver.named("contexta.metric")}) == 500
    )


def test_watch_delivers_what_comes(script, serve, free_port, tmp_path):
    """contexta-ship --watch goes on looking until it is interrupted, and ends with 0."""
    spool = tmp_path / "spool"
    spool.mkdir()
    late = serve(free_port)
    command = [sys.executable, "-m", "contexta.ship", str(spool), "--watch", "--interval", "0.2"]
    watching = subprocess.Popen(
        [*command, "--endpoint", f"http://127.0.0.1:{free_port}"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        script(LOOP, CONTEXTA_ENDPOINT="http://127.0.0.1:1", CONTEXTA_SPOOL=str(spool))
        late.wait(lambda: len(late.named("contexta.metric")) == 500)
        watching.send_signal(signal.SIGINT)
        assert watching.wait(60) == 0
    finally:
        watching.kill()
        watching.communicate()


def test_a_child_of_a_fork_has_files_of_its_own(script, serve, free_port, tmp_path):
    """Parent and child with nobody listening write each their own files; shipped, both are whole."""
    spool = tmp_path / "spool"
    done = script(
        "import os, contexta\n"
        "with contexta.run('p', id='r1'), contexta.stage('s'):\n"
        "    contexta.log_metric('parent', 1)\n"
        "    pid = os.fork()\n"
        "    if pid == 0:\n"
        "        contexta.log_metric('child', 2)\n"
        "        contexta.shutdown()\n"
        "        os._exit(0)\n"
        "    assert os.waitpid(pid, 0)[1] == 0\n",
        CONTEXTA_ENDPOINT=f"http://127.0.0.1:{free_port}",
        CONTEXTA_SPOOL=str(spool),
    )
    assert done.returncode == 0, done.stderr
    late = serve(free_port)
    assert ship(str(spool)).returncode == 0
    metrics = {
        one.attributes["contexta.metric.name"]: one.attributes["contexta.producer.id"]
        for one in late.named("contexta.metric")
    }
    assert set(metrics) == {"parent", "child"}
    for producer in metrics.values():
        numbers = late.sequence(producer)
        assert numbers == list(range(len(numbers)))


def test_file_endpoint_that_cannot_be_written_spools_too(script, tmp_path):
    """file:DIR has the same guarantee: DIR not writable, the evidence waits and is delivered later."""
    blocked, spool = tmp_path / "evidence", tmp_path / "spool"
    blocked.write_text("a file where the directory should be")
    done = script(LOOP, CONTEXTA_ENDPOINT=f"file:{blocked}", CONTEXTA_SPOOL=str(spool))
    assert done.returncode == 0, done.stderr
    assert files_in(spool)
    blocked.unlink()
    assert ship(str(spool)).returncode == 0
    assert list((blocked / "inbox").glob("*.traces.binpb"))
    assert files_in(spool) == []
