"""A reader waits for whoever has the directory as long as that one gets on, and says for whom."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli.story_store import CONTEXTA, EVAL, Store, tell

from contexta_processor.base.data_dir import DataDir
from contexta_processor.base.errors import ContextaError, Exit
from contexta_processor.base.lock import DirectoryLock
from contexta_processor.cli.patience import MOST_S, STILL_S, Patience
from contexta_processor.server.embedded import catch_up


class Time:
    """Seconds that pass only where somebody pauses."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def pass_by(self, _asked: float) -> None:
        self.now += 1.0


@pytest.fixture
def directory(tmp_path: Path) -> DataDir:
    """A data directory that another owner holds."""
    data = DataDir(tmp_path / "data")
    data.create()
    return data


@pytest.fixture
def owner(directory: DataDir) -> Iterator[DirectoryLock]:
    """Somebody who has the directory."""
    lock = DirectoryLock(directory.lock_file)
    lock.acquire("contexta (pid 1)")
    yield lock
    lock.release()


def refused(directory: DataDir) -> ContextaError:
    """What a reader meets while somebody has the directory."""
    with pytest.raises(ContextaError) as met:
        catch_up(directory)
    return met.value


def waits(patience: Patience, error: ContextaError, most: int) -> int:
    """How often it waited before it gave up, or `most`."""
    for count in range(most):
        try:
            patience.wait(error)
        except ContextaError:
            return count
    return most


@pytest.mark.usefixtures("owner")
def test_it_gives_up_where_nothing_moves_and_says_how_long_it_waited(directory: DataDir) -> None:
    """Somebody hangs: the error is who, with how long nothing happened, and the code for out of reach."""
    time, said = Time(), list[str]()
    patience = Patience(directory, say=said.append, clock=time, pause=time.pass_by)
    error = refused(directory)
    assert waits(patience, error, 1000) == STILL_S + 1
    with pytest.raises(ContextaError) as given_up:
        patience.wait(error)
    assert given_up.value.exit_code is Exit.UNREACHABLE
    assert "contexta (pid 1) holds it; waited 21 s, nothing moved there for 21 s" in str(
        given_up.value
    )
    assert said == [f"waiting for {directory.root}: contexta (pid 1) holds it"]


@pytest.mark.usefixtures("owner")
@pytest.mark.parametrize("moving", ["taken", "journal", "database"])
def test_it_waits_while_the_other_gets_on(directory: DataDir, moving: str) -> None:
    """A file taken from the inbox, a longer journal, a changed database: each is a reason to go on waiting."""
    time = Time()
    patience = Patience(directory, say=str, clock=time, pause=time.pass_by)
    error = refused(directory)
    for step in range(5):
        assert waits(patience, error, int(STILL_S) - 1) == int(STILL_S) - 1
        if moving == "taken":
            (directory.taken / f"{step}.binpb").touch()
        elif moving == "journal":
            with (directory.journal / "1.journal").open("ab") as file:
                file.write(b"more")
        else:
            directory.database.write_bytes(b"x" * step)
    assert time.now > 4 * STILL_S


@pytest.mark.usefixtures("owner")
def test_what_jobs_leave_in_the_inbox_is_no_reason_to_wait(directory: DataDir) -> None:
    """They write there whether or not the one who has the directory does anything."""
    time = Time()
    patience = Patience(directory, say=str, clock=time, pause=time.pass_by)
    error = refused(directory)
    for step in range(int(STILL_S) + 1):
        (directory.inbox / f"{step}.binpb").touch()
        patience.wait(error)
    assert waits(patience, error, 1000) == 0


def test_two_that_take_turns_in_waiting_do_not_keep_each_other_waiting(
    directory: DataDir, owner: DirectoryLock
) -> None:
    """Another holder is movement; the same two again and again are none."""
    time = Time()
    patience = Patience(directory, say=str, clock=time, pause=time.pass_by)
    for step in range(int(STILL_S) + 2):
        owner.describe(f"contexta (pid {step % 2})")
        patience.wait(refused(directory))
    assert waits(patience, refused(directory), 1000) == 0


@pytest.mark.usefixtures("owner")
def test_nobody_waits_for_ever(directory: DataDir) -> None:
    """A server whose door is shut may take in for days."""
    time = Time()
    patience = Patience(directory, say=str, clock=time, pause=time.pass_by)
    error = refused(directory)
    while time.now <= MOST_S:
        directory.database.write_bytes(b"x" * (int(time.now) % 7))
        patience.wait(error)
    with pytest.raises(ContextaError, match="it goes on"):
        patience.wait(error)


def test_what_is_not_about_the_lock_is_raised_at_once(directory: DataDir) -> None:
    """A damaged database in a directory called `blocks` is not waited for."""
    told = ContextaError("no", cause="cannot read /data/lock/blocks", hint="…")
    with pytest.raises(ContextaError) as raised:
        Patience(directory).wait(told)
    assert raised.value is told


def test_a_reader_says_for_whom_it_waits_and_then_reads(tmp_path: Path) -> None:
    """Held until the reader has said that it waits; after that it takes in and answers."""
    store = Store(tmp_path / "elsewhere")
    tell(store)
    store.close()
    data = DataDir(tmp_path / "data")
    data.create()
    (tmp_path / "elsewhere.jsonl").rename(data.inbox / "traces.jsonl")
    lock = DirectoryLock(data.lock_file)
    lock.acquire("somebody (pid 7)")
    command = [CONTEXTA, "sql", "SELECT run_id FROM runs", "--json", "--data", data.root]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as reader:
        assert reader.stderr is not None
        said = reader.stderr.readline()
        lock.release()
        out, _ = reader.communicate(timeout=60)
    assert said == f"waiting for {data.root}: somebody (pid 7) holds it\n"
    assert reader.returncode == 0
    assert EVAL in {row["run_id"] for row in json.loads(out)}
