"""The example: a join that drops rows in silence, and the command that sees it."""

import os
import subprocess
import sys
from pathlib import Path
from shutil import copytree

import pytest
from diagnose.conftest import Contexta, Diagnose

EXAMPLE = Path(__file__).parents[2] / "examples" / "silent_join"


@pytest.fixture(scope="module")
def months(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six monthly runs of the pipeline, told into a directory, with no server anywhere."""
    home = tmp_path_factory.mktemp("silent-join")
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("CONTEXTA_", "OTEL_"))
    }
    done = subprocess.run(
        [sys.executable, str(EXAMPLE / "pipeline.py")],
        cwd=home,
        capture_output=True,
        text=True,
        timeout=300,
        env={**kept, "CONTEXTA_ENDPOINT": "file:evidence", "CONTEXTA_STRICT": "1"},
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    return home / "evidence"


def test_everything_but_the_rows_looks_well(months: Path, contexta: Contexta) -> None:
    """Six completed runs with whole evidence, and the best accuracy in the bad month."""
    told = contexta("runs", "--data", months).stdout.splitlines()[1:]
    assert len(told) == 6
    assert all("completed" in line and "complete" in line for line in told)
    sql = "SELECT run_id FROM metrics WHERE name = 'accuracy' ORDER BY value DESC LIMIT 1"
    assert "late-orders-2026-06" in contexta("sql", sql, "--data", months).stdout


def test_the_lost_rows_are_found_where_they_are_lost(months: Path, diagnose: Diagnose) -> None:
    """The join is the first and worst finding, with the counts of both sides and what is usual."""
    found = diagnose(months, "latest")
    assert (found["run_id"], found["verdict"]) == ("late-orders-2026-06", "error")
    worst = found["findings"][0]
    assert (worst["code"], worst["severity"], worst["stage"]) == ("D202", "error", "join")
    assert "122 of 308 rows came through" in worst["detail"]
    assert "usual 100 % over 5 runs" in worst["detail"]
    assert [row["value"] for row in worst["evidence"][:2]] == [308, 122]
    errors = [
        (each["code"], each["stage"]) for each in found["findings"] if each["severity"] == "error"
    ]
    assert errors == [("D202", "join"), ("D203", "join"), ("D203", "evaluate")]


def test_no_month_before_has_an_error(months: Path, diagnose: Diagnose) -> None:
    """The five good runs are not accused of anything."""
    runs = diagnose(months, "--project", "late-orders")["runs"]
    assert [each["run_id"] for each in runs if each["verdict"] == "error"] == [
        "late-orders-2026-06"
    ]
    flow = {"D201", "D202", "D203", "D208", "D502"}
    earlier = [each for run in runs[1:] for each in run["findings"]]
    assert not flow & {each["code"] for each in earlier}


def test_a_scheduler_can_stop_there(months: Path, contexta: Contexta) -> None:
    """--fail-on error is exit code 1 for the bad month, 0 for the one before."""
    contexta("diagnose", "2026-06", "--fail-on", "error", "--data", months, check=1)
    contexta("diagnose", "2026-05", "--fail-on", "error", "--data", months, check=0)


def test_the_figures_of_its_page_are_those_of_the_run(months: Path, diagnose: Diagnose) -> None:
    """What the README says it will show is what it shows."""
    page = (EXAMPLE / "README.md").read_text()
    found = diagnose(months, "latest")["findings"]
    assert "three errors" in page
    assert sum(each["severity"] == "error" for each in found) == 3
    assert "122 of 308 rows came through" in page
    assert "122 of 308 rows came through" in found[0]["detail"]
    shown = (EXAMPLE.parents[1] / "docs" / "diagnose.md").read_text()
    for each in found[:3]:
        assert f"{each['title']}: {each['detail']}" in shown


def test_the_data_is_what_its_script_writes(tmp_path: Path) -> None:
    """The tables that ship are those of make_data.py, byte for byte."""
    copy = tmp_path / "make_data.py"
    copy.write_text((EXAMPLE / "make_data.py").read_text())
    subprocess.run([sys.executable, str(copy)], check=True, timeout=300)
    shipped = {path.name: path.read_bytes() for path in (EXAMPLE / "data").glob("*.csv")}
    assert {path.name: path.read_bytes() for path in (tmp_path / "data").glob("*.csv")} == shipped


def test_a_model_that_was_changed_is_told_until_it_is_back(
    months: Path, tmp_path: Path, contexta: Contexta, diagnose: Diagnose
) -> None:
    """A check of the files is new evidence: an error while the model is not what was made, a note afterwards."""
    home = Path(copytree(months.parent, tmp_path / "home"))
    model, data = home / "late-orders-2026-05.joblib", home / "evidence"
    words = ("artifacts", "verify", "2026-05", "--root", home, "--data", data)
    kept = model.read_bytes()

    def found() -> dict[str, str]:
        return {each["code"]: each["subject"] for each in diagnose(data, "2026-05")["findings"]}

    model.write_bytes(kept + b"!")
    contexta(*words, check=1)
    assert found()["D612"] == "artifact late-orders-model-2026-05"
    model.write_bytes(kept)
    contexta(*words, check=3)  # the tables it read lie outside of the root: not verifiable
    assert "D612" not in found()
    assert found()["D613"] == "artifact late-orders-model-2026-05"
