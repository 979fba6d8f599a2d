"""`make demo` does what the README says of it."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from journeys.conftest import ROOT, environment

Told = tuple["subprocess.CompletedProcess[str]", Path]

DEMO = ROOT / "examples" / "demo" / "demo.py"


def run_demo(data: Path, cwd: Path) -> "subprocess.CompletedProcess[str]":
    """The demo, to its end."""
    return subprocess.run(
        [sys.executable, str(DEMO), "--data", str(data)],
        capture_output=True,
        text=True,
        timeout=300,
        cwd=cwd,
        env=environment(COLUMNS="130"),
        check=False,
    )


def answer(output: str, command: str) -> list[list[str]]:
    """What each call of a command printed, line by line."""
    parts = output.split("\n$ contexta ")
    return [part.splitlines()[1:] for part in parts if part.startswith(f"{command} ")]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """One demo, in a directory that an earlier one left."""
    place = tmp_path_factory.mktemp("demo")
    (place / "demo" / "work").mkdir(parents=True)
    (place / "demo" / "of an earlier demo").touch()
    return run_demo(Path("demo"), place), place


def test_the_demo_tells_its_whole_story(told: Told) -> None:
    """Two real models, undecided on one figure and worse on another, deployed; the server and the file answer alike."""
    done, _ = told
    assert done.returncode == 0, done.stderr

    through_server, from_file = answer(done.stdout, "runs")
    table = [line for line in through_server if line.startswith("digits_")]
    assert len(table) == 3
    assert all("✓ completed" in line and "✓ complete" in line for line in table)
    assert table == [line for line in from_file if line.startswith("digits_")]

    (shown,) = answer(done.stdout, "show")
    text = "\n".join(shown)
    for stage in ("prepare", "train", "evaluate", "package"):
        assert f"\n{stage} " in text
    for part in ("Metrics", "Failed samples: ", "Artifacts", "Lineage", "Environment", "Evidence"):
        assert f"\n{part}" in text
    assert "none missing" in text
    assert "✓ complete" in line_of(shown, "operational outcome")

    (compared,) = answer(done.stdout, "compare")
    assert compared[1].startswith("WORSE")
    assert line_of(compared, "accuracy ", "run").count("? inconclusive") == 1
    assert line_of(compared, "log_loss ", "run").count("▼ worse") == 1
    assert line_of(compared, "open_2_3_5 ", "log_loss").count("▼ worse") == 1
    assert "600 of 600 paired" in "\n".join(compared)

    (lineage,) = answer(done.stdout, "lineage")
    for related in ("digits_production", "digits_forest", "model_forest", "report_forest"):
        assert related in "\n".join(lineage)

    (counted,) = answer(done.stdout, "sql")
    assert line_of(counted, "sure_and_wrong").split()[2] == "0"


def test_the_demo_starts_afresh_and_leaves_nothing_running(told: Told) -> None:
    """What an earlier demo left is gone; no server, no log and no address file are left of this one."""
    _, place = told
    assert [path.name for path in place.iterdir()] == ["demo"]
    left = {path.name for path in (place / "demo").iterdir()}
    assert "evidence.duckdb" in left
    assert not left & {"serve.json", "of an earlier demo"}


def test_the_readme_shows_what_the_demo_prints(told: Told) -> None:
    """Every line of the README's comparison is one the demo has just printed, and in that order."""
    done, _ = told
    text = (ROOT / "README.md").read_text().replace("--data .contexta-demo", "--data demo")
    (_, _, page) = text.partition("```text\n")
    shown = page.partition("```")[0].splitlines()[1:]
    printed = iter(" ".join(line.split()) for line in done.stdout.splitlines())
    missing = [line for line in shown if line != "[…]" and " ".join(line.split()) not in printed]
    assert missing == []


def test_the_demo_removes_only_what_is_its_own(tmp_path: Path) -> None:
    """A directory with something else in it is left alone, and the error says what to do."""
    (tmp_path / "precious").write_text("mine")
    done = run_demo(tmp_path, tmp_path)
    assert done.returncode == 1
    assert "--data DIR" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["precious"]


def test_an_interrupted_demo_stops_its_server(tmp_path: Path) -> None:
    """Ctrl-C while a model trains: exit code 130, and the server that was started is gone with it."""
    demo = subprocess.Popen(
        [sys.executable, str(DEMO), "--data", "demo"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=tmp_path,
        env=environment(),
        start_new_session=True,
    )
    assert demo.stdout is not None
    try:
        for line in demo.stdout:
            if "train.py linear" in line:
                break
        server = json.loads((tmp_path / "demo" / "serve.json").read_text())["pid"]
        os.killpg(demo.pid, signal.SIGINT)
        demo.stdout.read()
        assert demo.wait(60) == 130
        with pytest.raises(ProcessLookupError):
            os.kill(server, 0)
    finally:
        demo.kill()
        demo.wait()
        demo.stdout.close()


def line_of(lines: list[str], start: str, also: str = "") -> str:
    """The one line that starts so and has `also` in it."""
    (line,) = [line for line in lines if line.startswith(start) and also in line]
    return line
