"""Every reading command works on the file and through the directory's server, without being told."""

import json
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli.story_store import CONTEXTA, DEPLOYMENT, EVAL, TRAIN, Contexta, Store, tell

import contexta_processor

COMMANDS = [
    ["runs"],
    ["show", "latest"],
    ["records", EVAL],
    ["samples", EVAL],
    ["artifacts", TRAIN],
    ["environment", EVAL],
    ["lineage", DEPLOYMENT],
    ["deployments"],
    ["compare", "prev", "latest"],
    ["trend", "faithfulness"],
    ["sql", "SELECT run_id, started_at FROM runs ORDER BY run_id"],
]


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with the story."""
    path = tmp_path_factory.mktemp("both") / "data"
    store = Store(path)
    tell(store)
    store.close()
    return path


@pytest.fixture(scope="module")
def from_file(directory: Path, contexta: Contexta) -> dict[str, str]:
    """What every command says while no server runs."""
    return {words[0]: contexta(*words, "--json", "--data", directory).stdout for words in COMMANDS}


@pytest.fixture(scope="module")
def address(directory: Path, from_file: dict[str, str]) -> Iterator[str]:
    """The web address of a server on that directory."""
    ports = [word for name in ("grpc", "http", "web") for word in (f"--{name}", "127.0.0.1:0")]
    with subprocess.Popen(
        [CONTEXTA, "serve", "--data", directory, *ports], stderr=subprocess.PIPE, text=True
    ) as server:
        told = directory / "serve.json"
        deadline = time.monotonic() + 60
        while not told.exists() and server.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        yield json.loads(told.read_text())["web"]
        server.send_signal(signal.SIGTERM)
        server.communicate(timeout=60)
        assert server.returncode == 0


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: words[0])
def test_a_command_says_the_same_through_the_server(
    words: list[str], from_file: dict[str, str], address: str, directory: Path, contexta: Contexta
) -> None:
    """Found by itself or named: the same bytes as from the file."""
    assert contexta(*words, "--json", "--data", directory).stdout == from_file[words[0]]
    named = contexta(*words, "--json", "--server", f"http://{address}")
    assert named.stdout == from_file[words[0]]


def test_failures_keep_their_exit_codes_through_a_server(
    address: str, directory: Path, contexta: Contexta
) -> None:
    """No such run is 3 and an ambiguous one 2, either way."""
    contexta("show", "none", "--data", directory, check=3)
    contexta("show", "run_2026", "--data", directory, check=2)
    contexta("sql", "SELEC 1", "--data", directory, check=2)


def test_python_reads_through_a_server(address: str, from_file: dict[str, str]) -> None:
    """By its address."""
    evidence = contexta_processor.connect(f"http://{address}")
    assert evidence.run("latest").to_dict() == json.loads(from_file["show"])
    assert evidence.sql("SELECT 1 AS one").arrow().to_pylist() == [{"one": 1}]


def test_what_waits_in_the_inbox_is_taken_in_by_a_reader(
    tmp_path: Path, contexta: Contexta
) -> None:
    """No server ever ran: a job wrote files, a reading command takes them in once."""
    store = Store(tmp_path / "elsewhere")
    tell(store)
    store.close()
    inbox = tmp_path / "data" / "inbox"
    inbox.mkdir(parents=True)
    (tmp_path / "elsewhere.jsonl").rename(inbox / "traces.jsonl")
    for _ in range(2):
        found = json.loads(contexta("runs", "--json", "--data", tmp_path / "data").stdout)
        assert [run["run_id"] for run in found["runs"]] == [EVAL, TRAIN]
    assert not list(inbox.glob("*.jsonl"))


def test_readers_that_meet_over_the_inbox_all_read(tmp_path: Path) -> None:
    """Whoever comes while another takes the inbox in waits for it, and reads the same."""
    store = Store(tmp_path / "elsewhere")
    tell(store)
    store.close()
    inbox = tmp_path / "data" / "inbox"
    inbox.mkdir(parents=True)
    (tmp_path / "elsewhere.jsonl").rename(inbox / "traces.jsonl")
    command = [CONTEXTA, "runs", "--json", "--data", tmp_path / "data"]
    readers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    said = {reader.communicate(timeout=60)[0] for reader in readers}
    assert [reader.returncode for reader in readers] == [0, 0, 0]
    assert len(said) == 1


def test_a_reader_waits_for_a_server_that_is_starting(tmp_path: Path) -> None:
    """`contexta serve &` and a reading command right behind it."""
    store = Store(tmp_path / "data")
    tell(store)
    store.close()
    ports = [word for name in ("grpc", "http", "web") for word in (f"--{name}", "127.0.0.1:0")]
    serve = [CONTEXTA, "serve", "--data", tmp_path / "data", *ports]
    with subprocess.Popen(serve, stderr=subprocess.PIPE, text=True) as server:
        command = [CONTEXTA, "runs", "--json", "--data", tmp_path / "data"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        server.send_signal(signal.SIGTERM)
        server.communicate(timeout=60)
    assert done.returncode == 0, done.stderr
    assert EVAL in done.stdout
