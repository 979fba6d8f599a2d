"""The two examples of regressions that an average hides: what their READMEs say is what the commands say."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

CONTEXTA = str(Path(sys.executable).with_name("contexta"))
EXAMPLES = Path(__file__).parents[2] / "examples"


def told(example: str, home: Path) -> Path:
    """Both versions of an example, told into a directory with no server anywhere."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("CONTEXTA_", "OTEL_"))
    }
    for version in ("v1", "v2"):
        done = subprocess.run(
            [sys.executable, str(EXAMPLES / example / "evaluate.py"), version],
            cwd=home,
            capture_output=True,
            text=True,
            timeout=300,
            env={**kept, "CONTEXTA_ENDPOINT": "file:evidence", "CONTEXTA_STRICT": "1"},
            check=False,
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    return home / "evidence"


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Evidence of `examples/slice_regression`."""
    return told("slice_regression", tmp_path_factory.mktemp("digits"))


@pytest.fixture(scope="module")
def handbook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Evidence of `examples/rag_evaluation`."""
    return told("rag_evaluation", tmp_path_factory.mktemp("handbook"))


def contexta(*words: str, data: Path) -> str:
    """What a command prints; it ended well."""
    command = [CONTEXTA, *words, "--data", str(data)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def compared(data: Path) -> dict[str, Any]:
    """`contexta compare v1 v2 --json`."""
    return json.loads(contexta("compare", "v1", "v2", "--json", data=data))["comparison"]


def verdicts(comparison: dict[str, Any]) -> dict[tuple[str, str | None], str]:
    """Verdicts by metric and slice, those of whole figures under None."""
    return {
        (each["name"], each["slice"]): each["verdict"]
        for each in comparison["metrics"]
        if each["scope"] == "sample"
    }


def test_the_nines_are_found_under_a_better_average(digits: Path) -> None:
    """The average rose, one slice is worse, and the first stage that moved is where rows were missing."""
    comparison = compared(digits)
    assert comparison["summary"]["accuracy_delta"] > 0
    found = verdicts(comparison)
    worse = {slice_ for (_, slice_), verdict in found.items() if verdict == "worse"}
    assert worse == {"digit=9"}
    (nines,) = (
        each
        for each in comparison["metrics"]
        if (each["name"], each["slice"], each["scope"]) == ("accuracy", "digit=9", "sample")
    )
    low, high = nines["interval"]
    assert low < nines["delta"] < high < 0
    assert (nines["n"], comparison["first_stage_moved"]) == (90, "prepare")
    assert comparison["samples"]["paired"] == 899


def test_the_page_shows_what_the_table_shows(digits: Path) -> None:
    """The figures of the README's text are in the command's output."""
    page = (EXAMPLES / "slice_regression" / "README.md").read_text(encoding="utf-8")
    table = contexta("compare", "v1", "v2", "--table", data=digits)
    for figure in ("0.9655", "0.9577", "0.9778", "0.7778", "-0.200", "[-0.282, -0.109]", "898", "828"):  # fmt: skip
        assert figure in page
        assert figure in table


def test_the_broken_images_are_a_set_for_the_next_run(digits: Path, tmp_path: Path) -> None:
    """Exported, they can be asked of another run: v1 read all of them right."""
    file = tmp_path / "regression.jsonl"
    command = ["samples", "v2", "--against", "v1", "--broke", "--export", str(file)]
    done = subprocess.run(
        [CONTEXTA, *command, "--data", str(digits)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    ids = [json.loads(line)["id"] for line in file.read_text().splitlines()]
    assert len(ids) == len(set(ids)) == 19
    asked = json.loads(contexta("samples", "v1", "--set", str(file), "--json", data=digits))
    assert {each["sample_id"]: each["status"] for each in asked["samples"]} == dict.fromkeys(
        ids, "passed"
    )


def test_retrieval_is_where_the_answers_got_worse(handbook: Path) -> None:
    """The stage, the kind of question and the one setting that differs."""
    comparison = compared(handbook)
    found = verdicts(comparison)
    assert found["recall_at_3", None] == found["answer_overlap", None] == "worse"
    assert {slice_ for (_, slice_), each in found.items() if each == "worse"} == {
        None,
        "error_codes",
    }
    assert comparison["first_stage_moved"] == "retrieve"
    assert comparison["comparability"]["verdict"] == "comparable"
    (setting,) = (each for each in comparison["differences"] if each["cause"] == "configuration")
    assert setting["key"] == "retriever.tokenizer"
    assert len(comparison["samples"]["broke"]) == 9
    assert comparison["samples"]["fixed"] == []


def test_one_question_tells_since_when_it_fails(handbook: Path) -> None:
    """`--history` names the first failing run and what differs there."""
    told = contexta("samples", "--history", "error-09", "--table", data=handbook)
    assert "failing since v2" in told
    assert "retriever.tokenizer" in told


def test_a_run_that_did_what_it_was_told_is_healthy(handbook: Path) -> None:
    """Nothing but where its inputs come from, and whether its code is in a commit."""
    found = json.loads(contexta("diagnose", "v2", "--json", data=handbook))
    assert {each["code"][:2] for each in found["findings"]} <= {"D6"}
