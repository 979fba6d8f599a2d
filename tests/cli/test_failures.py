"""What goes wrong is said in three lines and an exit code; never a traceback, never an empty list."""

import json
import os
import signal
import socket
import subprocess
from contextlib import closing
from pathlib import Path

import duckdb
import pytest
from cli.story_store import CONTEXTA, EVAL, Contexta, Store


def three_lines(text: str) -> list[str]:
    lines = text.rstrip("\n").split("\n")
    assert [line.split(":")[0] for line in lines] == ["error", "cause", "hint"], text
    return lines


def test_no_such_run_is_undecided_and_names_the_nearest(contexta: Contexta, story: Path) -> None:
    """Exit 3: no such run."""
    done = contexta("show", "run_2026_05_03_evla_014", "--data", story, check=3)
    assert EVAL in three_lines(done.stderr)[1]
    assert not done.stdout


def test_an_ambiguous_prefix_lists_its_candidates(contexta: Contexta, story: Path) -> None:
    """Exit 2, and the candidates are named."""
    done = contexta("show", "run_2026_05_03", "--data", story, check=2)
    assert "eval_014" in done.stderr
    assert "train_021" in done.stderr


@pytest.mark.parametrize("name", ["--help", "-", "*", "%", "no such", "\x1b[31m"])
def test_a_strange_name_after_dashes_is_a_name(contexta: Contexta, story: Path, name: str) -> None:
    """What stands after `--` is a run's name, however it looks."""
    done = contexta("show", "--data", story, "--", name, check=3)
    three_lines(done.stderr)
    assert "\x1b" not in done.stderr


def test_an_empty_name_is_wrong_usage(contexta: Contexta, story: Path) -> None:
    """An empty name would be the beginning of every id."""
    contexta("show", "--data", story, "--", "", check=2)


def test_a_run_named_like_a_keyword_can_be_reached(
    contexta: Contexta, build: Store, tmp_path: Path
) -> None:
    """An exact id comes before the words `latest` and `prev`, and may look like an option."""
    for run_id in ("latest", "--help", "*"):
        build.run(run_id, "2026-01-01 00:00:00")
    build.run("newer", "2026-02-01 00:00:00")
    build.close()
    for run_id in ("latest", "--help", "*"):
        done = contexta("show", "--json", "--data", tmp_path / "data", "--", run_id)
        assert json.loads(done.stdout)["run_id"] == run_id


def test_no_data_directory_is_unreachable_and_stays_absent(
    contexta: Contexta, tmp_path: Path
) -> None:
    """Exit 4 and the next command; a reader creates nothing."""
    done = contexta("runs", "--data", tmp_path / "none", "--json", check=4)
    assert "contexta serve" in three_lines(done.stderr)[2]
    assert not done.stdout
    assert not (tmp_path / "none").exists()


def test_an_empty_data_directory_is_no_evidence(contexta: Contexta, tmp_path: Path) -> None:
    """Exit 4 rather than an empty list, and nothing is made in it."""
    contexta("runs", "--data", tmp_path, check=4)
    assert not list(tmp_path.iterdir())


def test_a_file_is_not_a_data_directory(contexta: Contexta, tmp_path: Path) -> None:
    """Exit 4, saying what it is."""
    path = tmp_path / "file"
    path.write_text("no directory")
    done = contexta("runs", "--data", path, check=4)
    assert "not a directory" in three_lines(done.stderr)[1]


def test_a_damaged_database_is_unreachable(contexta: Contexta, tmp_path: Path) -> None:
    """Exit 4 with a hint, whatever the bytes are."""
    (tmp_path / "evidence.duckdb").write_bytes(b"not a database" * 1000)
    done = contexta("runs", "--data", tmp_path, check=4)
    assert "a copy of evidence.duckdb" in three_lines(done.stderr)[2]


def test_a_database_damaged_inside_says_how_it_is_made_anew(
    contexta: Contexta, build: Store, tmp_path: Path
) -> None:
    """Damage that shows only where it is read is no bug of ours; the hint, typed, brings all of it back."""
    build.run("r1", "2026-01-01 00:00:00")
    build.close()
    data = tmp_path / "data"
    whole = contexta("show", "r1", "--json", "--data", data).stdout
    size = (data / "evidence.duckdb").stat().st_size
    with (data / "evidence.duckdb").open("r+b") as file:  # its head stays, and so it opens
        file.seek(12288 + 4096)
        file.write(b"\xa5" * (size - 12288 - 4096 - 1))
    done = contexta("show", "r1", "--data", data, check=4)
    hint = three_lines(done.stderr)[2].removeprefix("hint:  ")
    subprocess.run(["sh", "-c", hint.partition("   (")[0]], check=True)
    assert contexta("show", "r1", "--json", "--data", data).stdout == whole


def test_a_hint_is_about_the_evidence_that_was_named(
    contexta: Contexta, build: Store, tmp_path: Path
) -> None:
    """`--data` is in the command that a hint or a table gives to go on with, quoted where it must be."""
    build.run("r1", "2026-01-01 00:00:00")
    build.close()
    place = tmp_path / "with blanks"
    (tmp_path / "data").rename(place)
    done = contexta("show", "none", "--data", place, check=3)
    assert three_lines(done.stderr)[2] == f"hint:  contexta runs --data '{place}'   lists them"
    shown = contexta("runs", "--table", f"--data={place}").stdout
    assert f"contexta show r1 --data '{place}'" in shown
    assert str(place) not in contexta("runs", "--md", "--data", place).stdout


def test_a_project_that_is_not_there_is_said(contexta: Contexta, story: Path) -> None:
    """An empty list stands for itself; that the name fits no project is said beside it, with those that do."""
    done = contexta("runs", "--project", "rag-bot", "--json", "--data", story)
    assert json.loads(done.stdout)["runs"] == []
    assert "rag-support-bot" in done.stderr
    assert not contexta("runs", "--project", "rag-support-bot", "--data", story).stderr


def test_an_export_that_cannot_be_written_is_said(
    contexta: Contexta, story: Path, tmp_path: Path
) -> None:
    """In every format, and nothing half-written is left."""
    (tmp_path / "file").write_text("no directory")
    for form in ("jsonl", "parquet", "otlp"):
        words = ["export", "--all", "--format", form, "--out", tmp_path / "file" / "out"]
        three_lines(contexta(*words, "--data", story, check=2).stderr)


def test_a_file_that_holds_nothing_is_no_success(contexta: Contexta, tmp_path: Path) -> None:
    """Exit 3: what was in it is set aside, and nothing was taken."""
    (tmp_path / "notes.txt").write_text("no telemetry at all\n" * 50)
    words = ["import", tmp_path / "notes.txt", "--data", tmp_path / "data"]
    assert "notes.txt" in contexta(*words, check=3).stderr


def test_a_database_somebody_writes_is_unreachable(
    contexta_process: Contexta, build: Store, tmp_path: Path
) -> None:
    """Exit 4 and who to ask, never an empty list."""
    build.run("r1", "2026-01-01 00:00:00")
    build.close()
    with closing(duckdb.connect(str(tmp_path / "data" / "evidence.duckdb"))):
        done = contexta_process("runs", "--data", tmp_path / "data", check=4)
    waiting, _, told = done.stderr.partition("\n")
    assert waiting.startswith("waiting for")
    assert "contexta doctor" in three_lines(told)[2]
    assert not done.stdout


def test_a_server_that_is_not_there_is_unreachable(contexta: Contexta) -> None:
    """Exit 4, naming the address."""
    done = contexta("runs", "--server", "http://127.0.0.1:9", check=4)
    assert "127.0.0.1:9" in three_lines(done.stderr)[0]


def test_an_address_that_is_none_is_wrong_usage(contexta: Contexta) -> None:
    """Exit 2 before anything is opened."""
    for address in ("ftp://x", "http://", "127.0.0.1:99999"):
        contexta("runs", "--server", address, check=2)


def test_a_dead_servers_address_is_ignored(
    contexta: Contexta, build: Store, tmp_path: Path
) -> None:
    """A killed server leaves its serve.json behind; the file is read all the same."""
    build.run("r1", "2026-01-01 00:00:00")
    build.close()
    child = subprocess.Popen(["true"])
    child.wait()
    # The second: its number was given to another process since.
    for pid in (child.pid, os.getpid()):
        told = {"pid": pid, "web": "127.0.0.1:9"}
        (tmp_path / "data" / "serve.json").write_text(json.dumps(told))
        assert "r1" in contexta("runs", "--data", tmp_path / "data").stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["rnus"], "runs"),
        (["runs", "--jsno"], "--json"),
        (["show"], "RUN"),
        (["runs", "--json", "--csv"], "exclude"),
        (["runs", "-n", "many"], "many"),
        (["runs", "--data", "x", "--server", "y"], "exclude"),
        ([], "--help"),
        (["records", "r", "--type", "spam"], "spam"),
        (["runs", "-n", "99999999999999999999"], "range"),
        (["runs", "--status", "finished"], "completed"),
        (["show", "\udcff"], "UTF-8"),
    ],
)
def test_wrong_usage_is_three_lines_too(contexta: Contexta, words: list[str], said: str) -> None:
    """Exit 2, with what was meant where it can be guessed."""
    done = contexta(*words, check=2)
    three_lines(done.stderr)
    assert said in done.stderr
    assert not done.stdout


def test_our_own_bug_is_101_without_a_traceback(
    contexta: Contexta, build: Store, tmp_path: Path
) -> None:
    """An unforeseen failure must not read as a verdict; --debug shows where."""
    build.close()
    with closing(duckdb.connect(str(tmp_path / "data" / "evidence.duckdb"))) as connection:
        connection.execute("DROP VIEW degraded_markers")
    done = contexta("runs", "--data", tmp_path / "data", check=101)
    three_lines(done.stderr)
    assert "Traceback" in contexta("runs", "--data", tmp_path / "data", "--debug", check=101).stderr


def test_a_database_of_something_else_is_unreachable(contexta: Contexta, tmp_path: Path) -> None:
    """Exit 4: it opens, and holds no evidence."""
    duckdb.connect(str(tmp_path / "evidence.duckdb")).close()
    assert "no evidence database" in contexta("runs", "--data", tmp_path, check=4).stderr


def test_a_newer_database_is_left_alone(contexta: Contexta, build: Store, tmp_path: Path) -> None:
    """Exit 4 and what to do, rather than answers that may be wrong."""
    build.close()
    with closing(duckdb.connect(str(tmp_path / "data" / "evidence.duckdb"))) as connection:
        connection.execute("INSERT INTO store.schema_version VALUES (9999, 'later')")
    done = contexta("runs", "--data", tmp_path / "data", check=4)
    assert "upgrade" in three_lines(done.stderr)[2]


def test_a_reader_that_leaves_is_no_failure(story: Path) -> None:
    """`contexta records … | head -1` says nothing on stderr and is no negative verdict."""
    for words in (f"records {EVAL}", "runs --table"):
        command = f"{CONTEXTA} {words} --data {story} | true; echo ${{PIPESTATUS[0]}}"
        done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
        assert done.stdout.strip() in ("0", "141")
        assert not done.stderr


def test_output_is_whole_or_fails_without_a_buffer_too(story: Path) -> None:
    """With PYTHONUNBUFFERED Python would drop the rest of what a pipe takes in part, and end well."""
    words = (
        f'{CONTEXTA} sql "FROM range(300_000)" --data {story} | head -1; echo ${{PIPESTATUS[0]}}'
    )
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    done = subprocess.run(
        ["bash", "-c", words], capture_output=True, text=True, check=True, env=environment
    )
    assert done.stdout.split() == ["range", "141"]


def test_an_interrupt_is_130() -> None:
    """Ctrl-C while a server keeps us waiting ends with 130 and one word."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        waiting = subprocess.Popen(
            [CONTEXTA, "runs", "--server", address],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        silent.settimeout(30)
        caller, _ = silent.accept()
        with caller:
            waiting.send_signal(signal.SIGINT)
            _, err = waiting.communicate(timeout=30)
    assert waiting.returncode == 130
    assert "Traceback" not in err


def test_a_full_output_device_is_said(story: Path) -> None:
    """Writing to a full disk fails with a message, not silently."""
    for unbuffered in ("", "1"):
        with Path("/dev/full").open("w") as full:
            done = subprocess.run(
                [CONTEXTA, "runs", "--data", story],
                stdout=full,
                stderr=subprocess.PIPE,
                text=True,
                check=False,
                env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
            )
        assert done.returncode == 4
        three_lines(done.stderr)
