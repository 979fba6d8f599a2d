"""doctor finds what is wrong and says the command that mends it."""

import json
import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from compare.emission import Run, take_in
from server.running import wait_until

from contexta_processor.base.data_dir import DataDir
from contexta_processor.base.lock import DirectoryLock
from contexta_processor.base.quarantine import Reason, SetAside
from contexta_processor.base.signal import Signal
from contexta_processor.cli.main import run
from contexta_processor.server.embedded import own

Served = tuple[Path, dict[str, Any]]


def diagnose(
    capsys: pytest.CaptureFixture[str], *words: str | Path
) -> tuple[int, dict[str, dict[str, Any]]]:
    """Exit code, and the worst check of each name."""
    capsys.readouterr()
    code = run(["doctor", "--json", *map(str, words)])
    checks = json.loads(capsys.readouterr().out)["checks"]
    ranks = {"ok": 0, "warning": 1, "error": 2}
    found: dict[str, dict[str, Any]] = {}
    for check in checks:
        if (
            check["name"] not in found
            or ranks[check["level"]] > ranks[found[check["name"]]["level"]]
        ):
            found[check["name"]] = check
    return code, found


def test_a_store_without_a_server_is_fine(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing wrong: exit code 0."""
    take_in(tmp_path, Run("r").metric("m", 1))
    code, found = diagnose(capsys, "--data", tmp_path)
    assert code == 0
    assert {
        found[name]["level"]
        for name in ("directory", "owner", "disk", "store", "journal", "quarantine")
    } == {"ok"}
    assert found["server"]["level"] == "warning"
    assert "contexta serve" in found["server"]["fix"]


def test_nothing_is_created_by_looking(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A directory that isn't there stays so."""
    code, found = diagnose(capsys, "--data", tmp_path / "none")
    assert code == 0
    assert found["directory"]["level"] == "warning"
    assert not (tmp_path / "none").exists()


def test_a_file_in_place_of_the_directory_is_broken(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 1."""
    (tmp_path / "data").write_text("")
    code, found = diagnose(capsys, "--data", tmp_path / "data")
    assert code == 1
    assert found["directory"]["level"] == "error"


def test_a_damaged_database_is_broken(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 1, in the store's own words."""
    take_in(tmp_path, Run("r").metric("m", 1))
    (tmp_path / "evidence.duckdb").write_bytes(b"not a database" * 1000)
    code, found = diagnose(capsys, "--data", tmp_path)
    assert code == 1
    assert found["store"]["level"] == "error"


def test_what_was_set_aside_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With the question that shows it."""
    with own(DataDir(tmp_path)) as embedded:
        embedded.set_aside(
            SetAside(Signal.TRACES, Reason.UNREADABLE_REQUEST, "for a test", b"junk")
        )
    code, found = diagnose(capsys, "--data", tmp_path)
    assert code == 0
    assert found["quarantine"]["level"] == "warning"
    assert (
        run(["sql", found["quarantine"]["fix"].split('"')[1], "--json", "--data", str(tmp_path)])
        == 0
    )
    assert json.loads(capsys.readouterr().out)[0]["reason"] == "unreadable_request"


def test_who_holds_the_directory_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The lock's own text."""
    take_in(tmp_path, Run("r").metric("m", 1))
    lock = DirectoryLock(DataDir(tmp_path).lock_file)
    lock.acquire("an import (pid 7)")
    try:
        assert "an import (pid 7)" in diagnose(capsys, "--data", tmp_path)[1]["owner"]["detail"]
    finally:
        lock.release()


def test_what_a_killed_server_leaves_is_told_from_a_server(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A serve.json of a process that is gone is no server."""
    take_in(tmp_path, Run("r").metric("m", 1))
    gone = {"pid": 2**22 + 1, "web": "127.0.0.1:1", "grpc": "127.0.0.1:1", "http": "127.0.0.1:1"}
    DataDir(tmp_path).serve_file.write_text(json.dumps(gone))
    code, found = diagnose(capsys, "--data", tmp_path)
    assert code == 0
    assert "gone" in found["owner"]["detail"]


def test_a_lost_journal_is_broken(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A journal that ends before what the database has taken in lost something."""
    take_in(tmp_path, Run("r").metric("m", 1))
    for path in DataDir(tmp_path).journal.iterdir():
        path.unlink()
    code, found = diagnose(capsys, "--data", tmp_path)
    assert code == 1
    assert found["journal"]["level"] == "error"


def test_evidence_that_waits_in_a_spool_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A job that found no server leaves its requests where doctor looks; it says where to and how they get there."""
    spool = tmp_path / "spool"
    told = "import contexta\nwith contexta.run('p', id='r', environment=False) as run: run.log_metric('m', 1)"
    subprocess.run(
        [sys.executable, "-c", told],
        env={**os.environ, "CONTEXTA_SPOOL": str(spool), "CONTEXTA_ENDPOINT": "http://127.0.0.1:9"},
        check=True,
        capture_output=True,
    )
    monkeypatch.setenv("CONTEXTA_SPOOL", str(spool))
    found = diagnose(capsys, "--data", tmp_path)[1]["spool"]
    assert found["level"] == "warning"
    assert "127.0.0.1:9" in found["detail"]
    assert "contexta-ship" in found["fix"]
    monkeypatch.setenv("CONTEXTA_SPOOL", str(tmp_path / "empty"))
    assert diagnose(capsys, "--data", tmp_path)[1]["spool"]["level"] == "ok"


def test_what_takes_the_space_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Journal, database, quarantine and taken files; a warning where one should be cleared."""
    take_in(tmp_path, Run("r").metric("m", 1))
    assert diagnose(capsys, "--data", tmp_path)[1]["size"]["level"] == "ok"
    data = DataDir(tmp_path)
    for path in (data.taken / "old.binpb", data.quarantine / "old.bin"):
        with path.open("wb") as file:
            file.truncate(1100 * 1000**2)  # takes no room
        found = diagnose(capsys, "--data", tmp_path)[1]["size"]
        assert found["level"] == "warning"
        assert f"rm {path.parent}/*" in found["fix"]


def test_evidence_from_the_future_is_a_clock_warning(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An emitter whose clock is ahead."""
    ahead = Run("r", at=4_000_000_000 * 10**9)
    take_in(tmp_path, ahead.metric("m", 1).stage("evaluate", 0))
    assert diagnose(capsys, "--data", tmp_path)[1]["clock"]["level"] == "warning"


def test_a_running_server_is_found_ready_and_its_doors_ours(
    served: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    """All of it, from the data directory alone."""
    data, addresses = served
    code, found = diagnose(capsys, "--data", data)
    assert code == 0
    assert {
        found[name]["level"]
        for name in ("owner", "store", "journal", "server", "OTLP/gRPC", "OTLP/HTTP", "version")
    } == {"ok"}
    assert addresses["grpc"] in found["OTLP/gRPC"]["detail"]


def test_a_server_named_by_address_is_checked(
    served: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    """--server URL reads the store through it."""
    _, addresses = served
    code, found = diagnose(capsys, "--server", addresses["web"])
    assert code == 0
    assert {found[name]["level"] for name in ("store", "OTLP/gRPC", "OTLP/HTTP", "version")} == {
        "ok"
    }


def test_something_else_on_the_port_is_not_a_server(capsys: pytest.CaptureFixture[str]) -> None:
    """What does not answer as ours is said not to be."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    code, found = diagnose(capsys, "--server", f"127.0.0.1:{port}")
    assert code == 1
    assert found["server"]["level"] == "error"


@pytest.mark.parametrize(
    ("settings", "level", "fix"),
    [
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:{grpc}"}, "ok", None),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://localhost:{grpc}", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, "ok", None),
        (
            {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:{grpc}", "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf"},
            "error",
            "export OTEL_EXPORTER_OTLP_PROTOCOL=grpc",
        ),
        (
            {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:{http}"},
            "error",
            "export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
        ),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:{http}", "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf"}, "ok", None),
        (
            {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:{http}/v1/traces", "OTEL_EXPORTER_OTLP_PROTOCOL": "http/json"},
            "error",
            "export OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:{http}",
        ),
        (
            {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:{http}", "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf"},
            "error",
            "export OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://127.0.0.1:{http}/v1/traces",
        ),
        (
            {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:{http}/v1/traces", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/protobuf"},
            "ok",
            None,
        ),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "127.0.0.1:{grpc}"}, "error", "export OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:{grpc}"),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "https://127.0.0.1:{grpc}"}, "error", "export OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:{grpc}"),
        (
            {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4317"},
            "warning",
            "export OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:{grpc} OTEL_EXPORTER_OTLP_PROTOCOL=grpc",
        ),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://[bad"}, "error", "export OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4317"),
        ({"OTEL_SDK_DISABLED": "true"}, "error", "unset OTEL_SDK_DISABLED"),
        ({"OTEL_TRACES_EXPORTER": "none"}, "error", "export OTEL_TRACES_EXPORTER=otlp"),
        ({"OTEL_TRACES_EXPORTER": "console,otlp", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:{grpc}"}, "ok", None),
        ({"OTEL_TRACES_SAMPLER": "traceidratio"}, "warning", "unset OTEL_TRACES_SAMPLER   (while a run is recorded)"),
        ({"http_proxy": "http://proxy:3128", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:{grpc}"}, "warning", "export no_proxy=127.0.0.1,localhost"),
        ({"CONTEXTA_ENDPOINT": "http://127.0.0.1:{grpc}"}, "ok", None),
        ({"CONTEXTA_ENDPOINT": "file:{data}"}, "ok", None),
    ],
)  # fmt: skip
def test_the_shells_settings_are_held_against_the_server(
    settings: dict[str, str],
    level: str,
    fix: str | None,
    served: Served,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What would send telemetry astray is found, with the exact line to paste."""
    data, addresses = served
    ports = {name: addresses[name].rpartition(":")[2] for name in ("grpc", "http")}
    for name, value in settings.items():
        monkeypatch.setenv(name, value.format(**ports, data=data))
    code, found = diagnose(capsys, "--data", data)
    assert found["environment"]["level"] == level
    assert found["environment"]["fix"] == (fix.format(**ports) if fix else None)
    assert code == (1 if level == "error" else 0)


@pytest.mark.parametrize("door", ["web", "http"])
def test_import_to_a_named_server_takes_either_of_its_addresses(
    door: str, served: Served, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its web address, as for every other command, or the door itself."""
    path = tmp_path / "some.otlp"
    path.write_bytes(Run(f"by-{door}").metric("m", 1).request())
    capsys.readouterr()
    assert run(["import", str(path), "--server", served[1][door], "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["runs"] == [f"by-{door}"]


def test_import_through_nobody_is_4(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A server that isn't there is said to be unreachable."""
    path = tmp_path / "some.otlp"
    path.write_bytes(Run("r").metric("m", 1).request())
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert run(["import", str(path), "--server", f"127.0.0.1:{port}"]) == 4
    assert "does not answer" in capsys.readouterr().err


def test_import_goes_through_the_running_server(
    served: Served, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same command, with or without a server; what is damaged is set aside by the server."""
    from contexta_processor.cli.export import delimited

    data, _ = served
    path = tmp_path / "some.traces.otlp"
    path.write_bytes(delimited(Run("imported-run").metric("m", 1).request()) + b"\x20torn")
    capsys.readouterr()
    assert run(["import", str(path), "--data", str(data), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["runs"] == ["imported-run"]
    import time

    deadline = time.monotonic() + 60
    while True:
        assert run(["sql", "SELECT (SELECT count(*) FROM runs WHERE run_id = 'imported-run') AS runs, (SELECT count(*) FROM quarantine) AS aside", "--json", "--data", str(data)]) == 0  # fmt: skip
        if json.loads(capsys.readouterr().out) == [{"runs": 1, "aside": 1}]:
            break
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_an_export_is_the_same_through_the_server(
    served: Served, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    """Evidence read through a server and from the file is the same bytes."""
    data, _ = served
    assert run(["export", "run_2026_05_03_train_021", "--data", str(data)]) == 0
    through = capsysbinary.readouterr().out
    assert run(["demo", "--quiet", "--data", str(tmp_path)]) == 0
    capsysbinary.readouterr()
    assert run(["export", "run_2026_05_03_train_021", "--data", str(tmp_path)]) == 0
    assert capsysbinary.readouterr().out == through


def test_doctor_reads_as_lines(served: Served, capsys: pytest.CaptureFixture[str]) -> None:
    """A mark, a name, a sentence; the fix below it."""
    data, _ = served
    assert run(["doctor", "--table", "--data", str(data)]) == 0
    out = capsys.readouterr().out
    assert "✓ store" in out
    assert "→ export OTEL_EXPORTER_OTLP_ENDPOINT=" in out


def test_what_a_server_refused_is_said(served: Served, capsys: pytest.CaptureFixture[str]) -> None:
    """A sender that gets no answer it likes is seen from the server's side."""
    data, addresses = served
    assert "items received since" in diagnose(capsys, "--data", data)[1]["traffic"]["detail"]
    request = urllib.request.Request(
        f"http://{addresses['http']}/v1/traces",
        data=b"junk",
        headers={"content-type": "application/x-protobuf"},
    )
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(request, timeout=10)
    wait_until(
        lambda: "1 unreadable requests" in diagnose(capsys, "--data", data)[1]["traffic"]["detail"],
        "the server to tell its counts to the web port",
    )
