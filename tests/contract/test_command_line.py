"""The command line as scripts use it: names of runs, formats, exit codes, errors."""

import csv
import io
import json
import time
from pathlib import Path

import pytest
from contract.doors import Server, answer, contexta, serve_words, start
from contract.otlp_words import T0, S, log, logs, span, traces


@pytest.fixture(scope="module")
def told(server: Server) -> Server:
    """Three runs of one project and one of another."""
    runs = [("alpha-1", "p", 1), ("alpha-2", "p", 2), ("beta-1", "p", 3), ("other", "q", 4)]
    for run, project, at in runs:
        said = {
            "contexta.run.id": run, "contexta.project.name": project, "contexta.run.type": "training",
            "contexta.run.name": f"name of {run}", "contexta.evidence.kind": "run",
            "contexta.run.tag.champion": "" if run == "alpha-1" else "no",
        }  # fmt: skip
        if run != "alpha-1":
            del said["contexta.run.tag.champion"]
        server.grpc(traces([span(0x60 + at, 1, "run training", said, at=at * 100)]))
    tab = {
        "contexta.run.id": "beta-1",
        "contexta.metric.name": "=cmd|x",
        "contexta.metric.value": 1,
    }
    server.grpc(logs([log("contexta.metric", tab, at_ns=T0 + 300 * S)]))
    server.settled()
    return server


def test_a_run_has_many_names(told: Server) -> None:
    """Its id, a unique prefix, its name, latest and prev (of a project), a tag."""
    for words, run in {
        ("alpha-1",): "alpha-1",
        ("be",): "beta-1",
        ("name of alpha-2",): "alpha-2",
        ("latest",): "other",
        ("prev",): "beta-1",
        ("latest", "--project", "p"): "beta-1",
        ("prev", "--project", "p"): "alpha-2",
        ("tag:champion",): "alpha-1",
    }.items():
        assert answer("show", *words, data=told.data)["run_id"] == run, words


def test_errors_are_three_lines_and_say_by_their_code_what_they_are(
    told: Server, tmp_path: Path
) -> None:
    """2 wrong usage, 3 undecided, 4 cannot be reached; nothing on stdout, no traceback."""
    for words, data, code in [
        (("show", "alpha"), told.data, 2),
        (("show", "no-such-run"), told.data, 3),
        (("compare", "alpha-1", "no-such-run"), told.data, 3),
        (("lineage", "no-such-thing"), told.data, 3),
        (("deployments", "no-such-thing"), told.data, 3),
        (("runs", "--nonsense"), told.data, 2),
        (("sql", "DROP TABLE runs"), told.data, 2),
        (("sql", "SELECT * FROM no_such_table"), told.data, 2),
        (("runs",), tmp_path / "nowhere", 4),
        (("runs", "--server", "http://127.0.0.1:9"), None, 4),
    ]:  # fmt: skip
        done = contexta(*words, data=data, code=None)
        # A prefix of two runs is as much undecided as wrong usage.
        allowed = (2, 3) if words == ("show", "alpha") else (code,)
        assert done.returncode in allowed, (words, done.returncode, done.stderr)
        assert done.stdout == ""
        lines = done.stderr.splitlines()
        assert [line.split(":")[0] for line in lines] == ["error", "cause", "hint"], done.stderr


def test_a_pipe_gets_whole_tsv(told: Server) -> None:
    """A header, one line per run, nothing cut, no colour unless forced."""
    done = contexta("runs", data=told.data)
    lines = done.stdout.splitlines()
    assert len(lines) == 5
    assert len({line.count("\t") for line in lines}) == 1
    assert "alpha-1" in done.stdout
    assert "\x1b" not in done.stdout
    assert done.stderr == ""


def test_csv_and_markdown(told: Server) -> None:
    """CSV parses, and no cell is a formula; Markdown is a table."""
    rows = list(csv.DictReader(io.StringIO(contexta("runs", "--csv", data=told.data).stdout)))
    assert len(rows) == 4
    cells = csv.reader(io.StringIO(contexta("records", "beta-1", "--csv", data=told.data).stdout))
    assert not [cell for row in cells for cell in row if cell.startswith(("=", "@"))]
    markdown = contexta("runs", "--md", data=told.data).stdout
    assert [line for line in markdown.splitlines() if line.startswith("|")]


def test_json_is_the_same_bytes_each_time_and_in_both_modes(told: Server, tmp_path: Path) -> None:
    """Sorted keys, no clock; through the server or by its address."""
    web = told.addresses["web"]
    url = web if "://" in web else f"http://{web}"
    for words in (
        ("runs",),
        ("show", "beta-1"),
        ("compare", "alpha-1", "beta-1"),
        ("sql", "FROM runs ORDER BY run_id"),
    ):
        first = contexta(*words, "--json", data=told.data).stdout
        assert contexta(*words, "--json", data=told.data).stdout == first
        assert contexta(*words, "--json", "--server", url).stdout == first
        assert json.loads(
            first, object_pairs_hook=lambda pairs: [key for key, _ in pairs] == sorted(dict(pairs))
        )


def test_a_list_is_under_its_noun_and_sql_is_an_array(told: Server) -> None:
    """{"runs": […]} and […]."""
    assert isinstance(answer("runs", data=told.data)["runs"], list)
    assert isinstance(answer("deployments", data=told.data)["deployments"], list)
    assert answer("sql", "SELECT 1 AS one", data=told.data) == [{"one": 1}]


def test_help_is_quick_and_imports_nothing_heavy(told: Server) -> None:
    """Every command of this issue is listed."""
    best = 9.0
    for _ in range(5):
        started = time.perf_counter()
        done = contexta("--help")
        best = min(best, time.perf_counter() - started)
    for command in [
        "serve",
        "demo",
        "runs",
        "show",
        "records",
        "samples",
        "artifacts",
        "environment",
        "lineage",
        "deployments",
        "sql",
        "import",
        "export",
        "doctor",
        "compare",
    ]:
        assert command in done.stdout
    assert best < 1.0, "150 ms on a machine with nothing else to do"


def test_a_second_server_is_refused_and_told_who_holds_it(told: Server) -> None:
    """Exit 4, with the process id of the holder."""
    done = contexta(*serve_words(told.data)[1:], code=4)
    assert str(told.process.pid) in done.stderr
    assert done.stderr.startswith("error:")


def test_a_taken_port_is_an_error_with_a_hint(told: Server, home: Path) -> None:
    """And no store is left half open."""
    words = serve_words(home)[1:]
    words[words.index("--grpc") + 1] = told.addresses["grpc"]
    done = contexta(*words, code=None)
    assert done.returncode in (2, 4)
    assert "hint:" in done.stderr
    assert not (home / "serve.json").exists()


def test_health_readiness_and_metrics(told: Server) -> None:
    """Up, accepting, and counted."""
    assert told.web("/healthz")[0] == 200
    assert told.web("/readyz")[0] == 200
    page = told.web("/metrics")[1].decode()
    for word in ("received", "journaled", "reconstructed", "rejected", "lag"):
        assert word in page


def test_the_api_says_what_went_wrong(told: Server) -> None:
    """No such run is 404, bad SQL 400; Arrow where it is asked for."""
    assert told.api("/api/runs/no-such-run")[0] == 404
    assert told.api("/api/sql", {"sql": "DELETE FROM runs"})[0] == 400
    assert told.api("/api/nonsense")[0] == 404
    status, body = told.web("/api/sql", {"sql": "SELECT 1"}, "application/vnd.apache.arrow.stream")
    assert (status, body[:4]) == (200, b"\xff\xff\xff\xff")


def test_serving_says_where_and_only_while_it_serves(home: Path) -> None:
    """serve.json and the banner; SIGTERM finishes what was acknowledged; SIGKILL loses nothing either."""
    server = start(home)
    ports = [server.addresses[door].rpartition(":")[2] for door in ("grpc", "http", "web")]
    deadline = time.monotonic() + 60
    while not all(
        port in server.log.read_text() for port in ports
    ):  # said after serve.json is there
        assert time.monotonic() < deadline, server.log.read_text()
        time.sleep(0.02)
    many = [log("e", {"contexta.run.id": "drain"}, at_ns=T0 + n) for n in range(3000)]
    server.grpc(logs(many))
    assert server.stop() == 0
    assert not (home / "serve.json").exists()
    rows = answer("sql", "SELECT count(*) AS n FROM events", data=home)
    assert rows == [{"n": 3000}]
    again = start(home)
    again.grpc(logs([log("late", {"contexta.run.id": "drain"}, at_ns=T0 + 5000)]))
    again.kill()
    assert answer("sql", "SELECT count(*) AS n FROM events", data=home, code=0) == [{"n": 3001}]
    after = start(home)
    after.settled()
    assert after.sql("SELECT count(*) AS n FROM events") == [{"n": 3001}]
    assert after.stop() == 0
