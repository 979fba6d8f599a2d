"""A whole comparison as people and programs get it: byte for byte, and in any order of arrival."""

import io
import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest
import scipy.stats
from compare.emission import Run, take_in
from compare.rich_story import BASELINE, CANDIDATE, THIRD, earlier, story
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import contexta_processor
from contexta_processor.cli.main import run as contexta
from contexta_processor.surfaces.render.text import number

EXPECTED = Path(__file__).parent / "expected"
Words = Callable[..., str]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The story's three evaluations and what came before them."""
    data = tmp_path_factory.mktemp("rich")
    return take_in(data, *earlier(), *(story(id) for id in (BASELINE, CANDIDATE, THIRD)))


def ask(data: Path, *words: str) -> str:
    """What `contexta compare` prints; it always ends with 0."""
    out = io.StringIO()
    before = os.environ.get("COLUMNS")
    os.environ["COLUMNS"] = "160"
    try:
        with redirect_stdout(out):
            assert contexta(["compare", *words, "--data", str(data)]) == 0
    finally:
        os.environ.pop("COLUMNS") if before is None else os.environ.update(COLUMNS=before)
    return out.getvalue()


def document(data: Path, *words: str) -> dict[str, Any]:
    """Its JSON."""
    return json.loads(ask(data, *words, "--json"))


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("rich.json", [BASELINE, CANDIDATE, "--json", "--samples", "5"]),
        ("rich.txt", [BASELINE, CANDIDATE, "--table"]),
        ("rich.md", [BASELINE, CANDIDATE, "--md"]),
        ("rich.csv", [BASELINE, CANDIDATE, "--csv"]),
        ("matrix.txt", [BASELINE, CANDIDATE, THIRD, "--table"]),
    ],
)
def test_the_comparison_reads_as_expected(file: str, words: list[str], told: Path) -> None:
    """The same bytes each time. CONTEXTA_WRITE_EXPECTED=1 writes them anew, for a change that is meant."""
    found = ask(told, *words).replace(f" --data {told}", "")
    if os.environ.get("CONTEXTA_WRITE_EXPECTED"):
        (EXPECTED / file).write_text(found)
    assert found == (EXPECTED / file).read_text()


def test_the_story_is_told_right(told: Path) -> None:
    """Worse where it was made worse, better where better, and in the words of document 8."""
    comparison = document(told, BASELINE, CANDIDATE)["comparison"]
    verdicts = {
        (each["name"], each["scope"], each["slice"]): each["verdict"]
        for each in comparison["metrics"]
    }
    assert verdicts["faithfulness", "slice", "refunds"] == "worse"
    assert verdicts["faithfulness", "sample", "refunds"] == "worse"
    assert verdicts["faithfulness", "sample", "login"] == "better"
    assert verdicts["bleu", "stage", None] == "worse"
    assert verdicts["toxicity", "stage", None] == "not_comparable"
    assert comparison["overall"]["verdict"] == "worse"
    assert comparison["first_stage_moved"] == "prepare"
    assert comparison["first_stage_moved_because"] == {"because": "unproven", "metric": "documents"}
    kinds = [each["type"] for each in comparison["notable_findings"]]
    assert set(kinds) >= {
        "slice_regression", "metric_regression", "metric_missing", "samples_broke", "artifact_growth",
        "artifact_missing", "degraded_evidence", "slice_improvement", "slower",
    }  # fmt: skip
    assert "Inspect failed refunds samples." in comparison["recommended_next_steps"]
    steps = {each["step"]: each["command"] for each in comparison["next_steps"]}
    assert (
        steps["Inspect failed refunds samples."]
        == f"contexta samples {CANDIDATE} --failed --slice refunds"
    )
    assert list(steps) == comparison["recommended_next_steps"]


def test_every_next_command_works(told: Path) -> None:
    """Each can be typed as it stands."""
    for step in document(told, BASELINE, CANDIDATE)["comparison"]["next_steps"]:
        if step["command"]:
            words = step["command"].split()
            assert words[0] == "contexta"
            with redirect_stdout(io.StringIO()) as out:
                assert contexta([*words[1:], "--data", str(told)]) == 0, step
            assert out.getvalue()


_NUMBER = re.compile(r"(?<![\w.])[+-]?\d[\d,]*(?:\.\d+)?(?:e[+-]?\d+)?(?![\w])")


def leaves(value: object) -> Iterator[object]:
    """Every number and text in a document."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from leaves(item)
    elif isinstance(value, list):
        for item in value:
            yield from leaves(item)
    elif value is not None and not isinstance(value, bool):
        yield value


def test_numbers_in_prose_are_numbers_of_the_result(told: Path) -> None:
    """The sentence, the limits, the samples' line, the findings and the steps: each number is one of the JSON's,
    rounded to the digits it is written with."""
    text = (EXPECTED / "rich.txt").read_text().splitlines()
    known = list(leaves(document(told, BASELINE, CANDIDATE, "--samples", "0")))
    figures = [float(item) for item in known if isinstance(item, int | float)]
    words = " ".join(item for item in known if isinstance(item, str))
    prose = [line for line in text if line.startswith(("WORSE", "  ", "Samples", "only in"))]
    prose = [line for line in prose if not re.match(r" {8,}", line)]
    assert len(prose) > 25
    for line in prose:
        for token in _NUMBER.findall(line):
            plain = token.replace(",", "").lstrip("+")
            decimals = len(plain.partition(".")[2].partition("e")[0])
            near = (
                0.5000001
                * 10**-decimals
                * (10 ** float(plain.split("e")[1]) if "e" in plain else 1)
            )
            assert token in words or any(
                abs(abs(each) - abs(float(plain))) <= near for each in figures
            ), (
                token,
                line,
            )


def test_tables_and_json_tell_the_same(told: Path) -> None:
    """As many rows in CSV as metrics in JSON, with the same figures in the same order."""
    metrics = document(told, BASELINE, CANDIDATE)["comparison"]["metrics"]
    head, *rows = ask(told, BASELINE, CANDIDATE, "--csv").splitlines()
    columns = head.split(",")
    assert len(rows) == len(metrics)
    for row, each in zip(rows, metrics, strict=True):
        cells = dict(zip(columns, row.split(",", len(columns) - 1), strict=True))
        assert (cells["metric"], cells["verdict"]) == (each["name"], each["verdict"])
        for name in ("baseline", "candidate", "delta", "p", "n_needed"):
            told_ = None if cells[name] == "" else float(cells[name].removeprefix("'"))
            assert told_ == each[name]


def test_the_order_of_arrival_changes_nothing(told: Path, tmp_path: Path) -> None:
    """Candidate first, history last, everything twice: the same bytes."""
    runs = [*(story(id) for id in (THIRD, CANDIDATE, BASELINE)), *reversed(earlier())]
    take_in(tmp_path / "data", *runs)
    take_in(tmp_path / "data", story(CANDIDATE), story(BASELINE))
    for words in ([BASELINE, CANDIDATE], [BASELINE, THIRD]):
        assert ask(tmp_path / "data", *words, "--json") == ask(told, *words, "--json")


def test_runs_that_have_nothing_to_do_with_it_change_nothing(told: Path, tmp_path: Path) -> None:
    """Other projects' runs with the same metrics, samples and slices."""
    other = story(THIRD)
    other.project = "elsewhere"
    stranger = Run("stranger", project="elsewhere").metric("bleu", 0.9, higher_is_better=True)
    take_in(tmp_path / "data", *earlier(), story(BASELINE), story(CANDIDATE), other, stranger)
    asked = [BASELINE, CANDIDATE, "--json"]
    assert ask(tmp_path / "data", *asked) == ask(told, *asked)


_SWAPPED = {"better": "worse", "worse": "better"}


def test_swapping_the_sides_turns_every_answer_round(told: Path) -> None:
    """Signs, intervals and verdicts; what is not comparable stays so. The margin is of the baseline's size, and a
    history is of what came before the candidate: those figures are left out."""
    there, back = (
        {
            (each["name"], each["scope"], each["stage"], each["slice"], each["aggregation"]): each
            for each in document(told, *runs, "--margin", "latency=4")["comparison"]["metrics"]
        }
        for runs in ((BASELINE, CANDIDATE), (CANDIDATE, BASELINE))
    )
    assert there.keys() == back.keys()
    for place, each in there.items():
        other = back[place]
        assert (each["baseline"], each["candidate"]) == (other["candidate"], other["baseline"])
        if each["delta"] is None or "history" in (each["basis"], other["basis"]):
            continue
        assert each["delta"] == -other["delta"]
        assert other["verdict"] == _SWAPPED.get(each["verdict"], each["verdict"]), place
        if each["interval"] and each["aggregation"] != "p95":
            low, high = each["interval"]
            assert other["interval"] == pytest.approx([-high, -low], abs=1e-9)
            assert other["p"] == pytest.approx(each["p"])


def test_a_run_compared_with_itself_is_the_same(told: Path) -> None:
    """No difference, no finding but what is known to be missing, no stage that moved."""
    comparison = document(told, CANDIDATE, CANDIDATE)["comparison"]
    assert {each["delta"] for each in comparison["metrics"]} == {0}
    assert not {each["verdict"] for each in comparison["metrics"]} & {"better", "worse"}
    assert comparison["samples"]["paired"] == comparison["samples"]["total"] == 117
    assert comparison["differences"] == []
    assert comparison["first_stage_moved"] is None
    assert {each["type"] for each in comparison["notable_findings"]} == {"degraded_evidence"}


def test_several_candidates_are_each_compared_with_the_first(told: Path) -> None:
    """Every comparison as by itself but for the correction, and a matrix of all; one candidate stays document 8."""
    several = document(told, BASELINE, CANDIDATE, THIRD)
    alone = [document(told, BASELINE, each)["comparison"] for each in (CANDIDATE, THIRD)]
    both = several["comparisons"]
    for one, other in zip(alone, both, strict=True):
        measured = [
            [
                {key: row[key] for key in ("name", "baseline", "delta", "p")}
                for row in each["metrics"]
            ]
            for each in (one, other)
        ]
        assert measured[0] == measured[1]
    matrix = several["matrix"]
    assert (matrix["baseline_run"], matrix["candidate_runs"]) == (BASELINE, [CANDIDATE, THIRD])
    for row in matrix["metrics"]:
        for told_, comparison in zip(row["candidates"], both, strict=True):
            found = [
                each
                for each in comparison["metrics"]
                if all(each[key] == row[key] for key in ("name", "scope", "stage", "operation", "slice", "aggregation"))
            ]  # fmt: skip
            expected = (
                (found[0]["candidate"], found[0]["delta"], found[0]["verdict"])
                if found
                else (None,) * 3
            )
            assert (told_["value"], told_["delta"], told_["verdict"]) == expected
    head, *rows = ask(told, BASELINE, CANDIDATE, THIRD, "--csv").splitlines()
    assert head.startswith("candidate_run,metric,")
    assert {row.split(",")[0] for row in rows} == {CANDIDATE, THIRD}


def test_several_candidates_are_corrected_for_being_several(told: Path) -> None:
    """q is Benjamini and Hochberg's over the whole figures of all candidates; a verdict it doesn't carry is withheld."""
    several = document(told, BASELINE, CANDIDATE, THIRD)
    whole = [
        row
        for each in several["comparisons"]
        for row in each["metrics"]
        if row["slice"] is None and row["higher_is_better"] is not None
        if row["p"] is not None and not row["repeats_score"]
    ]
    expected = scipy.stats.false_discovery_control([row["p"] for row in whole])
    assert [row["q"] for row in whole] == pytest.approx(expected, rel=1e-5)
    assert (several["correction"]["figures"], several["correction"]["candidates"]) == (
        len(whole),
        2,
    )
    for row in whole:
        if row["q"] > several["correction"]["rate"]:
            assert row["verdict"] not in ("better", "worse")
    alone = document(told, BASELINE, CANDIDATE)["comparison"]["metrics"]
    assert {row["q"] for row in alone if row["slice"] is None} == {None}


def test_samples_are_listed_worst_first_up_to_a_limit(told: Path) -> None:
    """Counts are of all; --samples 0 lists all; a limit cuts the same list."""
    every = document(told, BASELINE, CANDIDATE, "--samples", "0")["comparison"]["samples"]
    two = document(told, BASELINE, CANDIDATE, "--samples", "2")["comparison"]["samples"]
    assert every["broke_count"] == len(every["broke"]) > 2
    assert two["broke"] == every["broke"][:2]
    assert (two["broke_count"], two["listed_at_most"]) == (every["broke_count"], 2)
    judged = sum(
        every[name] for name in ("broke_count", "fixed_count", "same_passed", "same_failed")
    )
    assert judged + every["undecided"] == every["paired"]
    assert all(
        each["baseline"] == "passed" and each["candidate"] == "failed" for each in every["broke"]
    )


def test_runs_go_by_any_of_their_names(told: Path) -> None:
    """Name, beginning of an id, `latest` and `prev` mean the run they mean everywhere."""
    expected = ask(told, CANDIDATE, THIRD, "--json")
    for words in (["prev", "latest"], [f"{CANDIDATE}_run", f"{THIRD}_run"], ["prev", THIRD]):
        assert ask(told, *words, "--json") == expected


def test_from_python_and_over_http_as_on_the_command_line(told: Path) -> None:
    """connect() and the read API: one, several, with options."""
    evidence = contexta_processor.connect(told)
    one = evidence.compare(BASELINE, CANDIDATE, margins={"bleu": 1.0}, samples=3)
    words = [BASELINE, CANDIDATE, "--margin", "bleu=1", "--samples", "3"]
    assert one.to_dict() == document(told, *words)
    assert one.df().shape[0] == len(one.to_dict()["comparison"]["metrics"])
    several = evidence.compare_several(BASELINE, CANDIDATE, THIRD)
    assert several.to_dict() == document(told, BASELINE, CANDIDATE, THIRD)
    assert BASELINE in repr(several)
    assert CANDIDATE in several._repr_html_()


@pytest.mark.parametrize(
    "words",
    [
        ["--margin", "accuracy"],
        ["--margin", "accuracy=lots"],
        ["--margin", "accuracy=-1"],
        ["--confidence", "1"],
        ["--confidence", "95"],
        ["--cluster", "planet"],
        ["--cluster", 'a"b'],
        ["--cluster", ""],
    ],
)
def test_wrong_words_are_wrong_usage(
    words: list[str], told: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2, and the error says what would be right."""
    assert contexta(["compare", BASELINE, CANDIDATE, *words, "--data", str(told)]) == 2
    said = capsys.readouterr().err
    assert said.startswith("error: ")
    assert "hint:" in said


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.floats(-1e9, 1e9, allow_nan=False).filter(lambda value: abs(value) > 1e-6))
def test_a_delta_is_written_with_the_sign_it_has(value: float) -> None:
    """One way to write a difference: + or -, never a bare number, never -0."""
    from contexta_processor.surfaces.views.compare.numbers import signed

    text = signed(value)
    assert text.startswith("+" if value > 0 else "-")
    assert text.lstrip("+-") == number(abs(value))
    assert signed(-1e-9, 3) == "0.000"
