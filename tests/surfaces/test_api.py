"""The read API answers what the reading commands answer, and nothing else."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import duckdb
import httpx
import pyarrow as pa
import pytest
import uvicorn
from cli.story_store import DEPLOYMENT, EVAL, TRAIN, Store, tell

from contexta_processor.base.data_dir import DataDir
from contexta_processor.base.errors import ContextaError, Exit
from contexta_processor.base.statement import statement
from contexta_processor.investigate.lineage.lineage import lineage_of
from contexta_processor.investigate.records import list_records
from contexta_processor.investigate.show import show_run
from contexta_processor.store.file import FileQuery
from contexta_processor.store.remote import RemoteQuery
from contexta_processor.surfaces.api import build_api
from contexta_processor.surfaces.api_messages import ARROW_STREAM
from contexta_processor.surfaces.render.json import dumps
from contexta_processor.surfaces.sandbox.sandbox import SqlLimits


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Data directory with the documents' story."""
    directory = tmp_path_factory.mktemp("story")
    store = Store(directory)
    tell(store)
    store.close()
    return directory


def application(story: Path, run_sql: Any = None) -> Any:
    connection = duckdb.connect(str(story / "evidence.duckdb"), read_only=True)
    return build_api(
        lambda: FileQuery(connection.cursor()),
        data_dir=DataDir(story),
        status=lambda: {"ready": 1},
        run_sql=run_sql,
    )


@contextmanager
def served(app: Any) -> Iterator[str]:
    """Address of an application behind a real HTTP server."""
    listening = socket.create_server(("127.0.0.1", 0))
    running = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        deadline = time.monotonic() + 30
        while not running.started and time.monotonic() < deadline:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        running.should_exit = True
        thread.join(30)
        listening.close()


@pytest.fixture(scope="module")
def server(story: Path) -> Iterator[str]:
    """Address of a server of the story that takes SQL."""

    def run_sql(text: str, params: Any, limits: SqlLimits, _tables: Any) -> pa.Table:
        with closing(duckdb.connect(str(story / "evidence.duckdb"), read_only=True)) as connection:
            return connection.execute(text, params).to_arrow_table().slice(0, limits.rows)

    with served(application(story, run_sql)) as address:
        yield address


@pytest.fixture(scope="module")
def client(server: str) -> Iterator[httpx.Client]:
    """Requests to that server."""
    with httpx.Client(base_url=server, timeout=60) as client:
        yield client


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/api/runs", ["runs"]),
        ("/api/runs?type=training&n=1", ["runs", "--type", "training", "-n", "1"]),
        (f"/api/runs/{EVAL}", ["show", EVAL]),
        ("/api/runs/latest", ["show", "latest"]),
        (f"/api/runs/{EVAL}/records?type=span", ["records", EVAL, "--type", "span"]),
        (f"/api/runs/{EVAL}/samples?failed=true", ["samples", EVAL, "--failed"]),
        (f"/api/runs/{TRAIN}/artifacts", ["artifacts", TRAIN]),
        (f"/api/runs/{EVAL}/environment", ["environment", EVAL]),
        (f"/api/lineage/{DEPLOYMENT}?direction=up", ["lineage", DEPLOYMENT, "--up"]),
        ("/api/deployments", ["deployments"]),
        (f"/api/deployments/{DEPLOYMENT}", ["deployments", DEPLOYMENT]),
        (f"/api/runs/{EVAL}/samples?by=slice", ["samples", EVAL, "--by", "slice"]),
        (
            f"/api/runs/{EVAL}/samples?worst=faithfulness&order=ascending&n=2",
            ["samples", EVAL, "--worst", "faithfulness", "--ascending", "-n", "2"],
        ),
        (
            f"/api/runs/{EVAL}/samples?against={TRAIN}&outcome=missing",
            ["samples", EVAL, "--against", TRAIN, "--missing"],
        ),
        ("/api/samples/prompt_042", ["samples", "--history", "prompt_042"]),
        (f"/api/lineage/{EVAL}?depth=2&why=", ["lineage", EVAL, "--depth", "2", "--why"]),
        (f"/api/lineage/{TRAIN}?to={DEPLOYMENT}", ["lineage", TRAIN, "--to", DEPLOYMENT]),
        ("/api/deployments?at=2026-05-05", ["deployments", "--at", "2026-05-05"]),
        (
            f"/api/compare/{TRAIN}/{EVAL}?margin=accuracy%3D0.1&confidence=0.9",
            ["compare", TRAIN, EVAL, "--margin", "accuracy=0.1", "--confidence", "0.9"],
        ),
        (f"/api/compare/{TRAIN}/{EVAL}?candidate={EVAL}", ["compare", TRAIN, EVAL, EVAL]),
        (f"/api/diagnose/{EVAL}", ["diagnose", EVAL]),
        ("/api/diagnose?project=rag-support-bot", ["diagnose", "--project", "rag-support-bot"]),
        ("/api/trend/faithfulness?scope=slice&n=5", ["trend", "faithfulness", "--scope", "slice", "-n", "5"]),
    ],
)  # fmt: skip
def test_a_path_answers_as_its_command(
    client: httpx.Client, story: Path, path: str, words: list[str], capsys: Any
) -> None:
    """The same bytes over HTTP as on the command line."""
    from contexta_processor.cli.main import run

    response = client.get(path)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/json"
    assert run([*words, "--json", "--data", str(story)]) == 0
    assert response.text == capsys.readouterr().out


@pytest.mark.parametrize(
    "path",
    [
        "/api/runs",
        f"/api/runs/{EVAL}",
        *(
            f"/api/runs/{EVAL}/{kind}"
            for kind in ("records", "samples", "artifacts", "environment")
        ),
        "/api/samples/prompt_042",
        f"/api/lineage/{EVAL}",
        "/api/deployments",
        f"/api/deployments/{DEPLOYMENT}",
        f"/api/compare/{TRAIN}/{EVAL}",
        f"/api/diagnose/{EVAL}",
        "/api/diagnose",
        "/api/trend/faithfulness",
    ],
)
def test_no_parameter_is_passed_over(client: httpx.Client, path: str) -> None:
    """One that a path does not know is refused by its name, and so is one that is said twice."""
    response = client.get(path, params={"colour": "red"})
    assert response.status_code == 400
    assert "'colour'" in response.json()["error"]["what"]
    twice = client.get(path, params={"project": ["a", "b"], "environment": ["a", "b"]})
    assert twice.status_code == 400


def test_no_member_of_a_body_is_passed_over(client: httpx.Client) -> None:
    """A misspelt limit must not run without it."""
    for path, body in (
        ("/api/sql", {"sql": "SELECT 1", "parms": {}}),
        ("/api/sql", {"sql": "SELECT 1", "limits": {"second": 1}}),
        ("/api/query", {"statement": "investigate/runs", "parameters": {}}),
    ):
        response = client.post(path, json=body)
        assert response.status_code == 400
        assert response.json()["error"]["what"].startswith("unknown")


def test_an_id_may_have_any_characters(tmp_path: Path) -> None:
    """A slash, a space or a percent sign in an id is sent as `%2F`, `%20`, `%25`, and found."""
    store = Store(tmp_path)
    names = ("team/run 1", "50%2Fdone")
    for name in names:
        store.run(name, "2026-01-01 00:00:00")
    store.close()
    with served(application(tmp_path)) as address:
        for name in names:
            for path in (
                "/api/runs/{}",
                "/api/runs/{}/records",
                "/api/lineage/{}",
                "/api/compare/{}/{}",
            ):
                found = httpx.get(address + path.format(quote(name, safe=""), quote(name, safe="")))
                assert found.status_code == 200, found.text
                assert name in found.text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/runs/none", 404),
        ("/api/runs/run_2026", 400),
        ("/api/deployments/none", 404),
        ("/api/lineage/none", 404),
        ("/api/runs?colour=red", 400),
        ("/api/runs?n=-1", 400),
        ("/api/runs?status=finished", 400),
        (f"/api/lineage/{EVAL}?depth=101", 400),
        (f"/api/runs/{EVAL}/samples?outcome=broke", 400),
        ("/api/runs?n=99999999999999999999", 400),
        (f"/api/runs/{EVAL}/records?type=spam", 400),
        ("/api/nothing", 404),
    ],
)
def test_an_error_says_what_why_and_what_next(client: httpx.Client, path: str, status: int) -> None:
    """Every refusal is JSON of one shape under a fitting status."""
    response = client.get(path)
    assert response.status_code == status
    assert set(response.json()["error"]) == {"what", "cause", "hint", "exit_code"}


def test_only_packaged_statements_run(client: httpx.Client) -> None:
    """No text, no path out of the package, and none of the statements that write."""
    for name in (
        "SELECT 1",
        "../store/apply/insert",
        "investigate/../store/apply/insert",
        "store/apply/insert",
        "store/migrations/0001_tables",
        "investigate/none",
        "investigate",
        "",
        None,
        7,
    ):
        response = client.post("/api/query", json={"statement": name, "params": {}})
        assert response.status_code == 404, name


def test_every_statement_a_client_may_name_only_reads() -> None:
    """What a server runs for a stranger is one SELECT each, checked by the parser."""
    import contexta_processor

    root = Path(contexta_processor.__file__).parent
    files = [*root.glob("investigate/**/*.sql"), *root.glob("surfaces/**/*.sql")]
    assert len(files) > 20
    for file in files:
        parsed = duckdb.extract_statements(file.read_text())
        assert [one.type for one in parsed] == [duckdb.StatementType.SELECT], file.name


def test_a_packaged_statement_comes_back_as_arrow(client: httpx.Client) -> None:
    """Types survive: timestamps to the nanosecond, lists, JSON as text."""
    params = dict.fromkeys(("run_id", "project", "status", "run_type", "limit"))
    response = client.post("/api/query", json={"statement": "investigate/runs", "params": params})
    assert response.headers["content-type"] == ARROW_STREAM
    table = pa.ipc.open_stream(response.content).read_all()
    assert table.num_rows == 2
    assert table.schema.field("started_at").type == pa.timestamp("ns")


def test_posts_must_be_json(client: httpx.Client) -> None:
    """What a page of another origin could send without asking is refused; so is too much."""
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        response = client.post("/api/query", content=b"{}", headers={"content-type": kind})
        assert response.status_code == 415
    json_type = {"content-type": "application/json"}
    for body in (b"", b"[]", b"{", b'"text"'):
        assert client.post("/api/query", content=body, headers=json_type).status_code == 400
    huge = json.dumps({"statement": "x" * 2**21}).encode()
    assert client.post("/api/query", content=huge, headers=json_type).status_code == 413
    assert "access-control-allow-origin" not in client.get("/api/runs").headers


def test_sql_comes_as_json_or_arrow(client: httpx.Client) -> None:
    """By Accept; times in ISO to the nanosecond, NaN as text."""
    text = "SELECT run_id, started_at FROM runs WHERE run_id = $run"
    body = {"sql": text, "params": {"run": EVAL}}
    assert client.post("/api/sql", json=body).json() == [
        {"run_id": EVAL, "started_at": "2026-05-03T09:12:44Z"}
    ]
    response = client.post("/api/sql", json=body, headers={"accept": ARROW_STREAM})
    assert pa.ipc.open_stream(response.content).read_all().num_rows == 1
    few = {"sql": "FROM range(10)", "limits": {"rows": 3}}
    assert len(client.post("/api/sql", json=few).json()) == 3
    for limits in ({"rows": 0}, {"seconds": "1"}, [], {"memory_mb": True}):
        answer = client.post("/api/sql", json={"sql": "SELECT 1", "limits": limits})
        assert answer.status_code == 400, limits
    assert client.post("/api/sql", json={"sql": 7}).status_code == 400


def test_sql_is_refused_where_it_cannot_be_run_safely(story: Path) -> None:
    """Without a place away from the writable database there is no SQL at all."""
    with served(application(story)) as address:
        response = httpx.post(f"{address}/api/sql", json={"sql": "SELECT 1"})
    assert response.status_code == 503


def test_file_and_server_give_the_same_answers(story: Path, server: str) -> None:
    """One suite, both ways of reading: every question gives the same bytes."""
    with (
        closing(FileQuery.open(story / "evidence.duckdb")) as file,
        closing(RemoteQuery(server)) as remote,
    ):
        for ask in (
            lambda query: show_run(query, EVAL),
            lambda query: list_records(query, EVAL),
            lambda query: lineage_of(query, DEPLOYMENT),
        ):
            assert dumps(ask(file).to_dict()) == dumps(ask(remote).to_dict())


def test_a_server_can_be_asked_by_many_at_once(server: str) -> None:
    """Readers are per thread: questions asked at once don't take each other's answers."""
    wrong: list[str] = []

    def ask(run_id: str) -> None:
        with closing(RemoteQuery(server)) as remote:
            answers = [show_run(remote, run_id).run.run_id for _ in range(5)]
        wrong.extend(answer for answer in answers if answer != run_id)

    threads = [threading.Thread(target=ask, args=(run,)) for run in (EVAL, TRAIN) * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not wrong


def test_a_servers_refusal_keeps_its_words_and_exit_code(server: str) -> None:
    """What the server says is what the person reads."""
    from contexta_processor.investigate.run_names import resolve_run

    with closing(RemoteQuery(server)) as remote:
        with pytest.raises(ContextaError) as none:
            resolve_run(remote, "none")
        assert none.value.exit_code is Exit.UNDECIDED
        with pytest.raises(ContextaError) as unknown:
            remote.query(statement("cli/journal_position"))
        assert "cli/journal_position" in unknown.value.what


def test_something_else_on_the_port_is_said(tmp_path: Path) -> None:
    """A port that speaks no HTTP, or HTTP of something else, is no server of ours."""
    listening = socket.create_server(("127.0.0.1", 0))
    address = f"127.0.0.1:{listening.getsockname()[1]}"

    def answer() -> None:
        for reply in (
            b"220 ftp ready\r\n",
            b"HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\n\r\nno",
        ):
            caller, _ = listening.accept()
            with caller:
                caller.recv(65536)
                caller.sendall(reply)

    thread = threading.Thread(target=answer)
    thread.start()
    for _ in range(2):
        with closing(RemoteQuery(address)) as remote, pytest.raises(ContextaError) as told:
            remote.query(statement("investigate/runs"))
        assert told.value.exit_code is Exit.UNREACHABLE
    thread.join(30)
    listening.close()
