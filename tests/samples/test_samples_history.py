"""One sample through all runs: when did it break?"""

from pathlib import Path
from typing import Any

from compare.emission import take_in
from samples.conftest import Ask, Say
from samples.story import bad, good, night, nights

from contexta_processor import connect


def test_it_broke_on_friday_after_two_nights_nobody_looked(ask: Ask) -> None:
    """The streak, the run before it, the nights between in which it was not judged, and what differs."""
    found = ask("--history", "refund-1")
    (standing,) = found["standing"]
    assert (standing["state"], standing["streak"]) == ("failing", 2)
    assert standing["since"]["run_id"] == "run-fri"
    assert standing["before"]["run_id"] == "run-tue"
    assert (standing["unjudged"], standing["gap"]) == (2, 2)
    assert [(each["cause"], each["key"], each["baseline"], each["candidate"]) for each in standing["differences"]] == [
        ("configuration", "retriever.top_k", "8", "4")
    ]  # fmt: skip


def test_the_history_is_in_order_of_time_with_its_holes(ask: Ask) -> None:
    """A run that lacks the sample is a line of its own, not silence."""
    told = ask("--history", "refund-1")["history"]
    seen = [(each["name"], each["present"], each["status"], each["scores"]) for each in told]
    assert seen == [
        ("mon", True, "passed", {"faithfulness": 0.9}),
        ("tue", True, "passed", {"faithfulness": 0.9}),
        ("wed", False, None, {}),
        ("thu", False, None, {}),
        ("fri", True, "failed", {"faithfulness": 0.2}),
        ("sat", True, "failed", {"faithfulness": 0.2}),
    ]


def test_a_person_reads_when_and_what_next(say: Say) -> None:
    """One sentence, the doubt, and the comparison to look at."""
    told = say("--history", "refund-1", "--table")
    assert "✗ failing since fri (run-fri), 2 runs; passed last in tue (run-tue)" in told
    assert "! 2 runs of these did not judge it, 2 before the turn: it may have happened there" in told  # fmt: skip
    assert "no samples at all" in told
    assert "not in this run" in told
    assert "contexta compare run-tue run-fri" in told


def test_one_that_recovered_and_one_that_never_passed(tmp_path: Path, ask: Ask, say: Say) -> None:
    """Passing since when; failing with nothing before."""
    (standing,) = ask("--history", "login-1")["standing"]
    assert (standing["state"], standing["since"]["name"], standing["streak"]) == ("passing", "fri", 2)  # fmt: skip
    assert standing["before"]["name"] == "thu"
    data = take_in(tmp_path / "data", bad(night(0, "only")))
    assert "never seen to pass before" in say("--history", "refund-1", "--table", data=data)


def test_without_a_status_nothing_is_claimed(ask: Ask, say: Say) -> None:
    """Skipped or untold: not known to pass."""
    (standing,) = ask("--history", "new-2")["standing"]
    assert (standing["state"], standing["since"]) == ("unknown", None)
    assert "no run says whether it passed" in say("--history", "new-2", "--table")


def test_withheld_text_is_not_in_a_history(say: Say) -> None:
    """Neither what was asked nor what was told."""
    for form in ("--json", "--table", "--csv", "--md"):
        assert "Thank you" not in say("--history", "secret-1", form)


def test_the_same_id_in_two_projects_is_two_samples(tmp_path: Path, ask: Ask, say: Say) -> None:
    """They are never mixed: the project has to be named."""
    data = take_in(tmp_path / "data", good(night(0, "a")), bad(night(1, "b", project="other")))
    error = say("--history", "refund-1", data=data, code=2)
    assert "bot, other" in error
    assert [each["name"] for each in ask("--history", "refund-1", "-p", "bot", data=data)["history"]] == ["a"]  # fmt: skip


def test_an_unknown_sample_is_said_with_the_nearest(say: Say) -> None:
    """Exit code 3."""
    assert "nearest: refund-1" in say("--history", "refund1", code=3)


def test_a_cut_history_keeps_the_answer(ask: Ask) -> None:
    """The newest runs are listed; since when it fails rests on all of them."""
    whole, cut = ask("--history", "refund-1"), ask("--history", "refund-1", "-n", "1")
    assert [each["name"] for each in cut["history"]] == ["sat"]
    assert (cut["total"], cut["standing"]) == (6, whole["standing"])


def test_the_order_of_arrival_changes_nothing(tmp_path: Path, story: Path) -> None:
    """Told backwards, the same document."""
    backwards = take_in(tmp_path / "data", *reversed(nights()))
    told: list[Any] = [connect(data).sample_history("refund-1").to_dict() for data in (story, backwards)]  # fmt: skip
    assert told[0] == told[1]
