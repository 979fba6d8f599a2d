"""Ranks that a launcher announced and nobody heard of, and what only looks like that."""

from pathlib import Path
from typing import Any

import pytest
from diagnose.conftest import Diagnose
from diagnose.stories import NOW, ranked
from diagnose.telling import healthy, take_in


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory, diagnose: Diagnose) -> dict[str, Any]:
    """What each of these runs has of D405 and D406."""
    unnumbered = ranked("unnumbered", "plain", (0, 3), 4, numbered=False)
    smaller = ranked("smaller", "elastic", (0, 1, 2, 3), 4).rank_tells(0, 2, later=60, of=1)
    larger = ranked("larger", "elastic", (0, 1), 2).rank_tells(0, 3, later=60, of=1)
    runs = [
        ranked("whole", "whole", (0, 1, 2, 3), 4),
        healthy("no-launcher", "none", NOW),
        ranked("one-of-one", "one", (0,), 1),
        ranked("two-lost", "two", (1, 2), 4),
        ranked("last-alone", "last", (1,), 2),
        *(ranked(f"each-{rank}", "each", (rank,), 3) for rank in range(3)),
        unnumbered,
        smaller,
        larger,
    ]
    data = take_in(tmp_path_factory.mktemp("ranks"), runs)
    return {
        run.id: [each for each in diagnose(data, run.id)["findings"] if each["code"] in ("D405", "D406")]
        for run in runs
    }  # fmt: skip


def test_a_rank_that_died_is_named(tmp_path: Path, diagnose: Diagnose) -> None:
    """It was heard of, and never closed: not missing, but not closed, and which rank it was."""
    take_in(tmp_path, [ranked("run", "p", (0,), 2).rank_tells(1, 2, ledger=False)])
    found = {each["code"]: each["subject"] for each in diagnose(tmp_path, "run")["findings"]}
    assert found["D401"] == "producer run-p1-0 (rank 1)"
    assert not {"D405", "D406"} & found.keys()


def told(findings: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    """Code, severity and subject."""
    return [(each["code"], each["severity"], each["subject"]) for each in findings]


def test_nothing_is_said_where_every_rank_was_heard(found: dict[str, Any]) -> None:
    """Nor where no launcher said that there are ranks, nor of a world of one."""
    for run in ("whole", "no-launcher", "one-of-one"):
        assert found[run] == []


def test_missing_ranks_are_named(found: dict[str, Any]) -> None:
    """Several at once, and rank 0 too: a run that rank 1 alone tells of is not one that leaves telling to rank 0."""
    assert told(found["two-lost"]) == [("D405", "warning", "ranks 0, 3")]
    assert "2 ranks of 4 never heard of; ranks 1, 2 told of the run" in found["two-lost"][0]["detail"]  # fmt: skip
    assert {row["rank"] for row in found["two-lost"][0]["evidence"]} == {1, 2}
    assert told(found["last-alone"]) == [("D405", "warning", "rank 0")]


def test_a_run_of_its_own_on_every_rank_is_no_death(found: dict[str, Any]) -> None:
    """The others told at the same time, of other runs: which, and what to do."""
    for rank in range(3):
        (finding,) = found[f"each-{rank}"]
        assert told([finding]) == [("D406", "warning", "run")]
        assert f"rank {(rank + 1) % 3}: each-{(rank + 1) % 3}" in finding["detail"]
        assert "contexta-run" in finding["next_step"]


def test_any_emitter_can_say_it(found: dict[str, Any]) -> None:
    """The attributes alone, on run spans without a producer or a number."""
    assert told(found["unnumbered"]) == [("D405", "warning", "ranks 1, 2")]


def test_a_run_that_is_open_is_not_accused(tmp_path: Path, diagnose: Diagnose) -> None:
    """A rank may still come; once the run reads as interrupted it is missing."""
    run = ranked("open", "open", (0, 1), 4, announced=True, ledger=False, own_span=False)
    run.day = 20_000
    take_in(tmp_path, [run])
    answer = diagnose(tmp_path, "open")
    assert answer["status"] == "running"
    assert not {"D405", "D406"} & {each["code"] for each in answer["findings"]}


def test_a_world_that_changed_its_size_is_what_it_was_last(found: dict[str, Any]) -> None:
    """Started again with fewer, all of them heard; with more, one of them not."""
    assert found["smaller"] == []
    assert told(found["larger"]) == [("D405", "warning", "rank 2")]
