"""The same answers over HTTP and from Python."""

import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import duckdb
import httpx
import pytest
import uvicorn
from samples.conftest import Say

from contexta_processor import connect
from contexta_processor.base.data_dir import DataDir
from contexta_processor.store.file import FileQuery
from contexta_processor.surfaces.api import build_api


@pytest.fixture(scope="module")
def client(story: Path) -> Iterator[httpx.Client]:
    """The read API on the nights, behind a real HTTP server."""
    connection = duckdb.connect(str(story / "evidence.duckdb"), read_only=True)
    app = build_api(
        lambda: FileQuery(connection.cursor()), data_dir=DataDir(story), status=lambda: {"ready": 1}
    )
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    address = f"http://127.0.0.1:{listening.getsockname()[1]}"
    with httpx.Client(base_url=address, timeout=60) as client:  # connections wait in the socket
        yield client
    server.should_exit = True
    thread.join(30)
    listening.close()
    connection.close()


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/api/runs/sat/samples", ["sat"]),
        ("/api/runs/sat/samples?by=tag", ["sat", "--by", "tag"]),
        ("/api/runs/sat/samples?by=slice&slice=login", ["sat", "--by", "slice", "--slice", "login"]),
        ("/api/runs/sat/samples?worst=faithfulness&n=2", ["sat", "--worst", "faithfulness", "-n", "2"]),
        ("/api/runs/sat/samples?worst=faithfulness&order=descending", ["sat", "--worst", "faithfulness", "--descending"]),
        ("/api/runs/fri/samples?against=mon", ["fri", "--against", "mon"]),
        ("/api/runs/fri/samples?against=mon&outcome=broke", ["fri", "--against", "mon", "--broke"]),
        ("/api/samples/refund-1?project=bot", ["--history", "refund-1", "-p", "bot"]),
    ],
)  # fmt: skip
def test_a_path_answers_byte_for_byte_as_its_command(client: httpx.Client, path: str, words: list[str], say: Say) -> None:  # fmt: skip
    """One result, whoever asks."""
    assert client.get(path).text == say(*words, "--json")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/runs/sat/samples?by=colour", 400),
        ("/api/runs/sat/samples?by=tag&worst=x", 400),
        ("/api/runs/sat/samples?worst=nope", 404),
        ("/api/runs/fri/samples?against=mon&outcome=odd", 400),
        ("/api/samples/nope", 404),
    ],
)
def test_what_cannot_be_answered_is_an_error(client: httpx.Client, path: str, status: int) -> None:
    """Never an empty list."""
    answer = client.get(path)
    assert answer.status_code == status
    assert set(answer.json()["error"]) == {"what", "cause", "hint", "exit_code"}


def test_python_gives_the_same_documents(story: Path, say: Say) -> None:
    """And each is a table for Arrow, HTML and a notebook."""
    evidence = connect(story)
    pairs = (
        (evidence.samples("sat", failed=True), ["sat", "--failed"]),
        (evidence.sample_failures("sat", "batch"), ["sat", "--by", "batch"]),
        (evidence.worst_samples("sat", "faithfulness"), ["sat", "--worst", "faithfulness"]),
        (evidence.samples_against("fri", "mon"), ["fri", "--against", "mon"]),
        (evidence.sample_history("refund-1"), ["--history", "refund-1"]),
    )
    for answer, words in pairs:
        assert answer.to_dict() == json.loads(say(*words, "--json"))
        assert answer.arrow().num_rows > 0
        assert "<table" in answer._repr_html_()  # pyright: ignore[reportPrivateUsage]  # what a notebook calls
    lines = say("fri", "--against", "mon", "--broke", "--export", "-").splitlines()
    assert evidence.regression_set("fri", "mon").to_dict() == [json.loads(line) for line in lines]
