"""What a check found reaches the store by the doors everybody uses, and gives the same store in any order."""

import resource
import subprocess
from collections.abc import Iterator
from itertools import permutations
from pathlib import Path

import pytest
from contract.doors import CONTEXTA, Server, eventually, start
from contract.otlp_words import logs
from verify.conftest import contexta
from verify.recorded import Place, artifact, numbered, sha256

ABC = sha256(b"abc")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that heard of a run and its artifact."""
    running = start(tmp_path_factory.mktemp("verify") / "data")
    told = [("contexta.run.started", {}), artifact("model", path="a", sha256=ABC)]
    running.grpc(logs(numbered(told)))
    running.settled()
    yield running
    if running.process.poll() is None:
        running.stop()


@pytest.mark.parametrize("named", [True, False], ids=["by --server", "by its data directory"])
def test_a_running_server_is_told(server: Server, tmp_path: Path, named: bool) -> None:
    """Read from it, told to its OTLP door, and there for who asks next; nothing is left in the inbox."""
    files = tmp_path / "files"
    files.mkdir()
    place = Place(server.data, files, contexta)
    where = ("--server", f"http://{server.addresses['web']}") if named else ()
    before = server.row("SELECT count(*) AS n FROM verifications")["n"]
    code, told = place.verify(*where)
    assert (code, told["counts"]["missing"]) == (1, 1)
    count = "SELECT count(*) AS n FROM verifications WHERE result = 'missing'"
    eventually(lambda: server.row(count)["n"] > before, "the check to be told")
    server.settled()
    marker = server.row("FROM degraded_markers WHERE category = 'verification'")
    assert (marker["subject"], marker["reason"]) == ("model", "artifact_missing")
    inbox = server.data / "inbox"
    assert not inbox.exists() or not [path for path in inbox.rglob("*") if path.is_file()]
    status, shown = server.api("/api/runs/r1/artifacts")
    assert (status, shown["artifacts"][0]["verification"]["result"]) == (200, "missing")


def test_results_are_shown_where_they_cannot_be_told(place: Place) -> None:
    """An hour of reading is not thrown away because the data directory is full or read-only: exit code 4, and the table."""
    place.recorded(artifact("model", path="a", sha256=ABC))
    place.asked("runs")
    command = [CONTEXTA, "artifacts", "verify", "r1", "--root", str(place.files), "--data", str(place.data)]  # fmt: skip
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=60,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)),
    )
    assert (done.returncode, "missing" in done.stdout) == (4, True)
    assert done.stderr.startswith("error: cannot write to")


def test_in_any_order_the_same_store(place: Place, tmp_path: Path) -> None:
    """A check, one of the same file for another run with another outcome, and the run itself, told in every order: the same export."""
    place.recorded(artifact("model", path="a", sha256=ABC))
    assert place.verify()[0] == 1
    place.write("a", b"abc")
    elsewhere = Place(tmp_path / "elsewhere", place.files, contexta)
    elsewhere.recorded(artifact("model", role="consumed", path="a", sha256=ABC), run="r2")
    assert elsewhere.verify(run="r2")[0] == 0
    elsewhere.asked("runs")
    for file in sorted((elsewhere.data / "inbox" / "taken").iterdir())[1:]:
        file.rename(place.data / "inbox" / file.name)
    place.asked("runs")
    told = sorted((place.data / "inbox" / "taken").iterdir())
    assert len(told) == 3
    exports: set[str] = set()
    for number, order in enumerate(permutations(told)):
        data = str(tmp_path / f"data{number}")
        for file in order:
            assert contexta("import", str(file), "--data", data)[0] == 0
        file = tmp_path / f"{number}.jsonl"
        code, _, err = contexta("export", "--all", "--data", data, "--out", str(file))
        assert code == 0, err
        exports.add(file.read_text())
    assert len(exports) == 1
    assert '"table":"verifications"' in exports.pop()
