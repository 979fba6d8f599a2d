"""A run's samples against another's, and the regression set made of it."""

import json
from pathlib import Path

import pytest
from compare.emission import take_in
from samples.conftest import Ask, Say
from samples.story import nights

from contexta_processor import connect
from contexta_processor.cli.main import run
from contexta_processor.investigate.samples.regression_set import ids_in


def outcomes(found: dict[str, list[dict[str, str]]]) -> dict[str, str]:
    """Outcome by sample."""
    return {each["sample_id"]: each["outcome"] for each in found["samples"]}


def test_every_sample_of_either_run_has_one_outcome(ask: Ask) -> None:
    """Broke, fixed, on one side alone; nothing is left out of the counts."""
    found = ask("fri", "--against", "mon")
    assert outcomes(found) == {
        "refund-1": "broke",
        "refund-2": "broke",
        "secret-1": "broke",
        "login-1": "fixed",
        "gone-1": "only_baseline",
        "new-1": "only_candidate",
        "new-2": "only_candidate",
    }
    assert found["counts"] == {
        "broke": 3, "fixed": 1, "only_baseline": 1, "only_candidate": 2,
        "same_failed": 0, "same_passed": 0, "skipped": 0, "undecided": 0,
    }  # fmt: skip
    assert found["samples"][0]["sample_id"] == "secret-1"  # an error is worse than a failure


def test_the_counts_are_those_of_compare(ask: Ask, story: Path) -> None:
    """Two commands, one truth; for every pair of nights."""
    evidence = connect(story)
    for base, candidate in (("mon", "fri"), ("fri", "mon"), ("mon", "tue"), ("fri", "sat")):
        compared = evidence.compare(base, candidate).to_dict()["comparison"]["samples"]
        counts = ask(candidate, "--against", base)["counts"]
        assert (counts["broke"], counts["fixed"]) == (compared["broke_count"], compared["fixed_count"])  # fmt: skip
        for name in ("only_baseline", "only_candidate", "same_passed", "same_failed", "skipped"):
            assert counts[name] == compared[name], name


def test_both_sides_are_told_with_their_scores(ask: Ask) -> None:
    """Scores, outputs and tags of each, and the difference candidate minus baseline."""
    found = ask("fri", "--against", "mon", "--broke", "--slice", "refunds")
    first = found["samples"][0]
    assert (first["sample_id"], first["input_summary"], first["expected_summary"]) == (
        "refund-1", "May I have my money back?", "Within 14 days.",
    )  # fmt: skip
    assert first["baseline"] == {
        "status": "passed", "output_summary": "Within 14 days.", "scores": {"faithfulness": 0.9},
        "failure_tags": [], "redacted": False,
    }  # fmt: skip
    assert (first["candidate"]["status"], first["candidate"]["output_summary"]) == ("failed", "Never.")  # fmt: skip
    assert first["deltas"] == {"faithfulness": -0.7}
    assert found["total"] == 2


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        (["--broke"], {"broke"}),
        (["--fixed"], {"fixed"}),
        (["--missing"], {"only_baseline", "only_candidate"}),
        (["--broke", "--fixed"], {"broke", "fixed"}),
    ],
)
def test_outcomes_can_be_chosen(flags: list[str], expected: set[str], ask: Ask) -> None:
    """What is listed is what was asked for; the counts stay whole."""
    found = ask("fri", "--against", "mon", *flags)
    assert {each["outcome"] for each in found["samples"]} == expected
    assert sum(found["counts"].values()) == 7


def test_the_same_is_listed_only_when_asked_for(ask: Ask) -> None:
    """Two like nights: nothing changed, and everything is there on request."""
    assert ask("tue", "--against", "mon")["samples"] == []
    assert len(ask("tue", "--against", "mon", "--same")["samples"]) == 5


def test_a_cut_list_says_so(say: Say, ask: Ask, capsys: pytest.CaptureFixture[str]) -> None:
    """Never silently."""
    assert "1 of 7 samples" in say("fri", "--against", "mon", "-n", "1", "--table")
    found = ask("fri", "--against", "mon", "-n", "1")
    assert (len(found["samples"]), found["total"]) == (1, 7)


def test_a_regression_set_is_written_whole_and_read_back(tmp_path: Path, say: Say, ask: Ask) -> None:  # fmt: skip
    """JSON Lines without a header, the same bytes twice, of which `--set` and any JSON reader get the ids."""
    first, second = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    for file in (first, second):
        say("fri", "--against", "mon", "--broke", "-n", "1", "--export", file)
    assert first.read_bytes() == second.read_bytes()
    lines = [json.loads(line) for line in first.read_text().splitlines()]
    assert [line["id"] for line in lines] == ["refund-1", "refund-2", "secret-1"] == list(ids_in(first))  # fmt: skip
    assert lines[0] == {
        "id": "refund-1", "stage": "evaluate", "slices": ["refunds"], "outcome": "broke", "redacted": False,
        "input_summary": "May I have my money back?", "expected_summary": "Within 14 days.",
        "baseline": {"run_id": "run-mon", "status": "passed", "output_summary": "Within 14 days.",
                     "scores": {"faithfulness": 0.9}, "failure_tags": [], "redacted": False},
        "candidate": {"run_id": "run-fri", "status": "failed", "output_summary": "Never.",
                      "scores": {"faithfulness": 0.2}, "failure_tags": ["late", "unsupported"], "redacted": False},
    }  # fmt: skip
    again = ask("sat", "--set", first)
    assert [each["sample_id"] for each in again["samples"]] == ["refund-1", "refund-2", "secret-1"]
    assert again["failed_total"] == 3
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.jsonl", "b.jsonl"]


def test_a_set_says_what_a_run_lacks(tmp_path: Path, say: Say, ask: Ask) -> None:
    """A sample nobody evaluated has not passed."""
    plain = tmp_path / "ids.txt"
    plain.write_text("refund-1\nrefund-2\n\nnowhere\n")
    found = ask("thu", "--set", plain)
    assert found["missing"] == ["nowhere", "refund-1"]
    assert "2 samples asked for and not in the run: nowhere, refund-1" in say("thu", "--set", plain, "--table")  # fmt: skip


def test_withheld_text_stays_withheld(tmp_path: Path, say: Say, capsys: pytest.CaptureFixture[str], story: Path) -> None:  # fmt: skip
    """Neither side's text of a redacted sample is exported; the line and the command say so."""
    file = tmp_path / "set.jsonl"
    words = ["samples", "fri", "--against", "mon", "--broke", "--export", str(file)]
    assert run([*words, "--data", str(story)]) == 0
    assert "3 samples, text of 1 withheld (redacted)" in capsys.readouterr().err
    secret = [json.loads(line) for line in file.read_text().splitlines()][2]
    assert (secret["id"], secret["redacted"]) == ("secret-1", True)
    assert (secret["input_summary"], secret["candidate"]["output_summary"]) == (None, None)
    assert secret["candidate"]["scores"] == {"faithfulness": "NaN"}
    for form in ("--json", "--table", "--csv", "--md"):
        told = say("fri", "--against", "mon", form)
        assert "4711" not in told
        assert "Thank you" not in told


def test_a_set_may_go_to_standard_output(say: Say) -> None:
    """For a pipe: lines and nothing else."""
    told = say("fri", "--against", "mon", "--broke", "--export", "-")
    assert [json.loads(line)["outcome"] for line in told.splitlines()] == ["broke"] * 3


def test_lost_evidence_is_said_beside_what_is_missing(tmp_path: Path, say: Say, ask: Ask) -> None:
    """Where a side is not known to be complete, what is missing may only have been lost."""
    mon, *_, fri, _ = nights()
    fri.number += 3  # numbers that never arrive
    data = take_in(tmp_path / "data", mon, fri)
    assert ask("fri", "--against", "mon", data=data)["incomplete"] == {
        "run-fri": "records lost on the way: 3"
    }
    assert "samples of run-fri may be missing here: records lost on the way: 3" in say(
        "fri", "--against", "mon", "--table", data=data
    )


def test_a_run_that_died_is_said_to_have(ask: Ask) -> None:
    """All samples are missing there, and the answer says why that proves nothing."""
    found = ask("wed", "--against", "mon")
    assert found["counts"]["only_baseline"] == 5
    assert found["incomplete"] == {"run-wed": "the status of the run is failed"}


def test_the_order_of_arrival_changes_no_byte(tmp_path: Path, say: Say) -> None:
    """Told backwards, the same set."""
    backwards = take_in(tmp_path / "data", *reversed(nights()))
    words = ("fri", "--against", "mon", "--export", "-")
    assert say(*words) == say(*words, data=backwards)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "RUN"),
        (("fri", "--history", "x"), "takes no RUN"),
        (("fri", "--by", "tag", "--worst", "x"), "exclude"),
        (("fri", "--broke"), "--against"),
        (("fri", "--export", "x"), "--against"),
        (("fri", "--ascending"), "--worst"),
        (("fri", "--against", "mon", "--failed"), "--broke"),
        (("--history", "x", "--slice", "y"), "--project"),
        (("fri", "--set", "nowhere.jsonl"), "nowhere.jsonl"),
    ],
)
def test_what_does_not_go_together_is_said(words: tuple[str, ...], told: str, say: Say) -> None:
    """Exit code 2 and three lines."""
    error = say(*words, code=2)
    assert [line.split(":")[0] for line in error.splitlines()] == ["error", "cause", "hint"]
    assert told in error


def test_a_set_with_a_broken_line_is_refused(tmp_path: Path, say: Say) -> None:
    """With the number of the line; half a set is no set."""
    file = tmp_path / "set.jsonl"
    file.write_text('{"id": "a"}\n{"name": "b"}\n')
    assert "line 2" in say("fri", "--set", file, code=2)
