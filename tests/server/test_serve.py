"""A server keeps what it acknowledged, says who it is, and leaves nothing behind."""

import json
import os
import resource
import signal
import socket
import subprocess
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import grpc
import pytest
from server.running import EXPORT, Server, serve_command, spans, wait_until

from contexta_processor.base.data_dir import DataDir

Serve = Callable[..., Server]
Names = Callable[[DataDir], list[str]]


def run_to_end(data: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """A server that is expected to refuse to start."""
    return subprocess.run(
        serve_command(data, *options), capture_output=True, text=True, timeout=60, check=False
    )


def test_what_was_acknowledged_is_in_the_database_after_a_stop(
    serve: Serve, operations: Names
) -> None:
    """A stop drains: everything acknowledged is rows when the server is gone, and it ends with 0."""
    server = serve()
    names = [f"operation {index:02}" for index in range(20)]
    for name in names:
        server.export(spans("r1", name).SerializeToString())
    assert server.stop() == 0
    assert operations(server.data) == names
    assert not server.data.serve_file.exists()


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_what_was_acknowledged_survives_any_end(
    serve: Serve, operations: Names, end: signal.Signals
) -> None:
    """Killed or stopped in the middle of eight senders: nothing acknowledged is lost, nothing is there twice."""
    server = serve()
    acknowledged: list[str] = []
    errors: set[grpc.StatusCode] = set()

    def send(sender: int) -> None:
        with grpc.insecure_channel(server.addresses["grpc"]) as channel:
            export = channel.unary_unary(EXPORT)
            for index in range(10_000):
                name = f"{sender}/{index}"
                try:
                    export(spans("r1", name).SerializeToString(), timeout=10)
                except grpc.RpcError as error:
                    errors.add(error.code())
                    return
                acknowledged.append(name)

    senders = [threading.Thread(target=send, args=(sender,)) for sender in range(8)]
    for sender in senders:
        sender.start()
    wait_until(lambda: len(acknowledged) > 200, "200 acknowledgements")
    server.process.send_signal(end)
    assert server.process.wait(60) == (0 if end == signal.SIGTERM else -end)
    for sender in senders:
        sender.join()
    # What OTLP senders send again: CANCELLED is a call that reached the closing door before its handler.
    assert errors
    assert errors <= {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED}

    if end == signal.SIGKILL:
        assert serve(server.data.root).stop() == 0
    kept = operations(server.data)
    assert set(acknowledged) <= set(kept)
    assert len(kept) == len(set(kept))
    assert len(kept) <= len(acknowledged) + len(senders)  # at most what was on its way


def test_a_dead_store_is_started_again_and_nothing_is_refused_meanwhile(
    serve: Serve, operations: Names
) -> None:
    """The receiver acknowledges while the store is down; the web port stays, the evidence arrives."""
    server = serve()
    server.export(spans("r1", "before").SerializeToString())
    (store,) = server.store_pids()
    os.kill(store, signal.SIGKILL)
    server.export(spans("r1", "meanwhile").SerializeToString())
    wait_until(lambda: server.metric("store_restarts_total") == 1, "a restart")
    wait_until(lambda: server.metric("store_up") == 1, "the store to be up")
    assert server.get("web", "/healthz") == "ok\n"
    assert server.stop() == 0
    assert operations(server.data) == ["before", "meanwhile"]


def test_a_second_server_on_a_directory_is_refused_and_told_who_has_it(serve: Serve) -> None:
    """Two owners of one directory would destroy it; the second learns pid and addresses of the first."""
    server = serve()
    refused = run_to_end(server.data.root)
    assert refused.returncode == 4
    what, cause, hint = refused.stderr.strip().splitlines()
    assert what.startswith("error: ")
    assert f"pid {server.process.pid}" in cause
    assert server.addresses["grpc"] in cause
    assert hint.startswith("hint:  ")
    assert server.process.poll() is None


@pytest.mark.parametrize("option", ["--grpc", "--http", "--web"])
def test_a_taken_port_is_an_error_with_a_hint(tmp_path: Path, option: str) -> None:
    """No port is shared or moved in silence: the error names the port, its owner and the option."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = run_to_end(tmp_path / "data", option, f"127.0.0.1:{port}")
    assert refused.returncode == 4
    what, cause, hint = refused.stderr.strip().splitlines()
    assert what == f"error: port {port} is taken"
    assert f"pid {os.getpid()}" in cause
    assert option in hint
    assert not (tmp_path / "data" / "serve.json").exists()


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.1:70000", ":::4317", ":4317", "x:y"])
def test_what_is_no_address_is_wrong_usage(tmp_path: Path, address: str) -> None:
    """A mistyped address ends with code 2 and an example, and creates nothing."""
    refused = run_to_end(tmp_path / "data", f"--grpc={address}")
    assert refused.returncode == 2
    assert "--grpc 127.0.0.1:0" in refused.stderr
    assert not (tmp_path / "data").exists()


def test_a_data_directory_that_is_a_file_is_refused(tmp_path: Path) -> None:
    """Nothing is overwritten, and the cause is said."""
    (tmp_path / "data").write_text("mine")
    refused = run_to_end(tmp_path / "data")
    assert refused.returncode == 4
    assert len(refused.stderr.strip().splitlines()) == 3
    assert (tmp_path / "data").read_text() == "mine"


def test_the_banner_and_serve_json_name_every_address(serve: Serve) -> None:
    """What a person reads and what a program reads agree."""
    server = serve()
    log = server.log.read_text()
    for door in ("grpc", "http", "web"):
        assert str(server.addresses[door]) in log
    assert str(server.data.root) in log
    assert "try" in log
    assert {"grpc", "http", "web", "pid", "started_at", "version"} <= server.addresses.keys()


def test_both_ports_tell_health_readiness_and_metrics(serve: Serve) -> None:
    """The same pages on the OTLP/HTTP port and the web port, with the counts of one truth."""
    server = serve()
    server.export(spans("r1", "one", "two").SerializeToString())
    with pytest.raises(grpc.RpcError):
        server.export(b"\xff" * 30)
    for door in ("http", "web"):
        assert server.get(door, "/healthz") == "ok\n"
        assert json.loads(server.get(door, "/readyz")) == {"ready": True, "reasons": []}
    assert server.metric("journaled_items_total", signal="traces") == 2
    assert server.metric("quarantined_total", reason="unreadable_request") == 1
    assert server.metric("received_requests_total", signal="traces", door="grpc") == 2
    wait_until(lambda: server.metric("lag_bytes") == 0, "the store to have caught up")
    wait_until(
        lambda: (
            'contexta_journaled_items_total{signal="traces"} 2' in server.get("web", "/metrics")
        ),
        "the web port to show the same",
    )


def test_too_far_behind_senders_are_told_to_come_back(serve: Serve, operations: Names) -> None:
    """With the store stopped, what is beyond the lag is refused with a delay, and /readyz says why; then it goes on."""
    server = serve(None, "--max-lag-bytes", "2000")
    (store,) = server.store_pids()
    os.kill(store, signal.SIGSTOP)
    taken: list[str] = []
    try:
        while server.metric("ready") == 1:
            taken.append(f"{len(taken):03}")
            server.export(spans("r1", taken[-1]).SerializeToString())
        with pytest.raises(grpc.RpcError) as refused:
            server.export(spans("r1", "refused").SerializeToString())
        assert refused.value.code() is grpc.StatusCode.UNAVAILABLE
        keys = {key for key, _ in refused.value.trailing_metadata()}
        assert {"grpc-status-details-bin", "google.rpc.retryinfo-bin"} <= keys
        with pytest.raises(urllib.error.HTTPError) as not_ready:
            server.get("http", "/readyz")
        assert not_ready.value.code == 503
        assert "behind" in not_ready.value.read().decode()
    finally:
        os.kill(store, signal.SIGCONT)
    wait_until(lambda: server.metric("ready") == 1, "the store to catch up")
    server.export(spans("r1", "999").SerializeToString())
    assert server.stop() == 0
    assert operations(server.data) == [*taken, "999"]


def test_a_full_disk_refuses_for_now_and_goes_on_by_itself(serve: Serve, operations: Names) -> None:
    """While nothing can be written senders are told to come back; with room again nothing is missing or torn."""
    server = serve()
    server.export(spans("r1", "before").SerializeToString())
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (100, hard))
    for _ in range(3):
        with pytest.raises(grpc.RpcError) as refused:
            server.export(spans("r1", "refused").SerializeToString())
        assert refused.value.code() is grpc.StatusCode.UNAVAILABLE
    assert server.metric("refused_requests_total", cause="disk_full", door="grpc") == 3
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (hard, hard))
    server.export(spans("r1", "later").SerializeToString())
    assert server.stop() == 0
    assert operations(server.data) == ["before", "later"]


def test_a_store_that_hangs_does_not_hang_the_stop(serve: Serve, operations: Names) -> None:
    """The stop waits as long as it was told, says what is left, and the next start takes it up."""
    server = serve(None, "--drain-seconds", "0.5")
    (store,) = server.store_pids()
    os.kill(store, signal.SIGSTOP)
    server.export(spans("r1", "left").SerializeToString())
    assert server.stop() == 0
    assert "bytes of the journal wait for the next start" in server.log.read_text()
    assert serve(server.data.root).stop() == 0
    assert operations(server.data) == ["left"]


def test_a_stop_does_not_wait_for_senders_that_stall(serve: Serve, operations: Names) -> None:
    """Half a body: its sender is told to come back in seconds; what was whole is kept, the log is quiet."""
    server = serve()
    server.export(spans("r1", "kept").SerializeToString())
    host, _, port = server.addresses["http"].rpartition(":")
    head = "POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-protobuf\r\n"
    with socket.create_connection((host, int(port)), timeout=30) as stalled:
        stalled.sendall(f"{head}Content-Length: 1000\r\n\r\nhalf".encode())
        wait_until(lambda: server.get("http", "/healthz"), "the body to be begun")
        assert server.stop() == 0
        answer = stalled.recv(65536).decode("latin-1").lower()
    assert answer.startswith("http/1.1 503")
    assert "retry-after: 1" in answer
    assert "Traceback" not in server.log.read_text()
    assert operations(server.data) == ["kept"]


def test_what_no_run_claims_goes_after_a_while(serve: Serve, operations: Names) -> None:
    """A running server removes it by itself, and counts it; what belongs to a run stays."""
    server = serve(None, "--keep-unclaimed-s", "0.4")
    request = spans("r1", "kept", "unclaimed")
    request.resource_spans[0].scope_spans[0].spans[1].ClearField("attributes")
    server.export(request.SerializeToString())
    wait_until(lambda: server.metric("pruned_rows_total") == 1, "the span to be removed")
    assert server.stop() == 0
    assert operations(server.data) == ["kept"]
    assert "removed what no run claimed: 1 spans" in server.log.read_text()


def test_what_was_rejected_is_shown_with_its_bytes(
    serve: Serve, quarantined: Callable[[DataDir], list[dict[str, Any]]]
) -> None:
    """A rejected span is a row with its reason and its run, and the bytes are where the row says; once, however often sent."""
    server = serve()
    request = spans("r1", "good", "bad")
    request.resource_spans[0].scope_spans[0].spans[1].trace_id = b"short"
    for _ in range(3):
        response = server.export(request.SerializeToString())
        assert response.partial_success.rejected_spans == 1
    assert server.stop() == 0
    rows = quarantined(server.data)
    assert {row["reason"] for row in rows} == {"invalid_trace_id"}
    assert rows[0]["run_ids"] == ["r1"]
    kept = list(server.data.quarantine.iterdir())
    assert [server.data.root / rows[0]["path"]] == kept
    assert b"short" in kept[0].read_bytes()


def test_a_torn_journal_is_repaired_on_start(serve: Serve, operations: Names) -> None:
    """Half a record at the end, as a power loss leaves it, is cut off, kept aside, and said."""
    server = serve()
    server.export(spans("r1", "kept").SerializeToString())
    assert server.stop() == 0
    (segment,) = server.data.journal.glob("*.journal")
    whole = segment.read_bytes()
    segment.write_bytes(whole + whole[: len(whole) // 2])
    again = serve(server.data.root)
    again.export(spans("r1", "later").SerializeToString())
    assert "unfinished bytes" in again.log.read_text()
    assert again.stop() == 0
    assert operations(server.data) == ["kept", "later"]
    assert len(list(server.data.journal.glob("*.broken"))) == 1


def test_a_lost_journal_does_not_hide_what_comes_next(serve: Serve, operations: Names) -> None:
    """With the journal gone and the database there, new evidence is taken in all the same."""
    server = serve()
    server.export(spans("r1", "old").SerializeToString())
    assert server.stop() == 0
    for path in server.data.journal.iterdir():
        path.unlink()
    again = serve(server.data.root)
    again.export(spans("r1", "new").SerializeToString())
    assert again.stop() == 0
    assert operations(server.data) == ["new", "old"]


def post_sql(server: Server, text: str) -> Any:
    """What /api/sql answers."""
    request = urllib.request.Request(
        f"http://{server.addresses['web']}/api/sql",
        data=json.dumps({"sql": text}).encode(),
        headers={"content-type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.loads(answer.read())


def test_questions_are_answered_while_evidence_arrives(serve: Serve) -> None:
    """Runs and SQL over the web port, from the database that is being written; a statement that writes is refused."""
    server = serve()
    server.export(spans("r1", "one", "two").SerializeToString())
    wait_until(lambda: json.loads(server.get("web", "/api/runs"))["runs"], "the run to be shown")
    assert json.loads(server.get("web", "/api/runs"))["runs"][0]["run_id"] == "r1"
    counted = "SELECT count(*) AS n FROM operations"
    assert post_sql(server, counted) == [{"n": 2}]
    server.export(spans("r1", "three").SerializeToString())
    wait_until(lambda: post_sql(server, counted) == [{"n": 3}], "SQL to see what came later")
    with pytest.raises(urllib.error.HTTPError) as refused:
        post_sql(server, "DROP TABLE store.spans")
    assert refused.value.code == 400
    assert post_sql(server, counted) == [{"n": 3}]


def test_the_web_port_refuses_other_hosts_and_origins(serve: Serve) -> None:
    """A page that rebinds its name to 127.0.0.1, or posts from elsewhere, gets nothing."""
    server = serve()
    for headers, code in (
        ({"host": "evil.example"}, 421),
        ({"origin": "http://evil.example"}, 403),
    ):
        request = urllib.request.Request(
            f"http://{server.addresses['web']}/api/runs", headers=headers
        )
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request, timeout=10)
        assert refused.value.code == code
