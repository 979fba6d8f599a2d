"""Failures by tag, slice and batch, and the worst samples of a score."""

from pathlib import Path
from random import Random
from typing import Any

from compare.emission import Run, take_in
from samples.conftest import Ask, Say

from contexta_processor.base.query import Query
from contexta_processor.cli.connect import Source
from contexta_processor.investigate.samples.groups import group_samples
from contexta_processor.investigate.samples.worst import worst_samples


def by_group(found: dict[str, Any]) -> dict[str | None, tuple[int, int, int, float | None]]:
    """Samples, failed and passed ones and the rate, by group."""
    names = ("samples", "failed", "passed", "rate")
    return {each["group"]: tuple(each[name] for name in names) for each in found["groups"]}


def test_failures_by_tag_are_shares_of_what_was_judged(ask: Ask) -> None:
    """A sample with two tags counts in both; one that failed without a tag is not forgotten."""
    found = ask("sat", "--by", "tag")
    assert by_group(found) == {
        "unsupported": (2, 2, 0, 0.5),
        "late": (1, 1, 0, 0.25),
        None: (4, 1, 1, 0.25),
    }
    whole = found["whole"]
    assert [whole[name] for name in ("samples", "failed", "passed", "skipped", "unknown")] == [6, 3, 1, 1, 1]  # fmt: skip
    assert [each["group"] for each in found["groups"]] == ["unsupported", "late", None]


def test_failures_by_slice_and_batch(ask: Ask) -> None:
    """The rate is of the samples judged in it, and none where none was."""
    assert by_group(ask("sat", "--by", "slice")) == {
        "refunds": (2, 2, 0, 1.0),
        "german": (1, 1, 0, 1.0),
        "login": (2, 1, 1, 0.5),
        None: (2, 0, 0, None),
    }
    assert by_group(ask("sat", "--by", "batch")) == {
        "chunk-1": (2, 2, 0, 1.0),
        None: (4, 1, 1, 0.5),
    }


def test_groups_can_be_narrowed(ask: Ask) -> None:
    """As the list can."""
    assert by_group(ask("sat", "--by", "tag", "--slice", "german")) == {"unsupported": (1, 1, 0, 1.0)}  # fmt: skip
    assert by_group(ask("sat", "--by", "slice", "--failed"))["login"] == (1, 1, 0, 1.0)


def test_the_table_says_how_many_and_what_it_does_not_know(say: Say) -> None:
    """A person reads of overlap, of rates, and of what is unknown."""
    told = say("sat", "--by", "slice", "--table")
    assert "6 samples, 3 failed, 1 passed, 1 skipped, of 1 it is not known how they ended" in told
    assert "100.0 %" in told
    assert "(in no slice)" in told
    assert "add up to more than the samples" in told
    assert "--failed --slice" in told


def test_a_group_sums_up_what_the_list_lists(ask: Ask) -> None:
    """`failed` and totals agree with the list of the same run."""
    for run in ("mon", "sat"):
        listed, grouped = ask(run), ask(run, "--by", "slice")["whole"]
        assert (listed["total"], listed["failed_total"]) == (grouped["samples"], grouped["failed"])


def test_the_worst_are_those_the_metric_says(ask: Ask) -> None:
    """Lowest first as the run declares; NaN has no place, samples without the score are counted."""
    found = ask("sat", "--worst", "faithfulness")
    assert [(each["sample_id"], each["value"]) for each in found["samples"]] == [
        ("refund-1", 0.2), ("refund-2", 0.3), ("new-2", 0.5), ("login-1", 0.9),
    ]  # fmt: skip
    counts = [found[name] for name in ("scored", "not_a_number", "unscored")]
    assert counts == [4, 1, 1]
    assert (found["order"], found["order_from"]) == (
        "ascending",
        "lowest is worst, as metrics of this run declare",
    )


def test_the_direction_may_come_from_the_project(ask: Ask) -> None:
    """Monday declares nothing; the other nights do, and the answer says so."""
    found = ask("mon", "--worst", "faithfulness", "-n", "1")
    assert found["samples"][0]["sample_id"] == "login-1"
    assert "other runs of the project" in found["order_from"]


def test_an_unknown_direction_is_refused_with_the_way_out(tmp_path: Path, say: Say, ask: Ask) -> None:  # fmt: skip
    """Nobody guesses; asked both ways, both ends are given."""
    data = take_in(tmp_path / "data", Run("r").sample("a", cost=1.0).sample("b", cost=2.0))
    error = say("r", "--worst", "cost", data=data, code=2)
    assert "not known which end" in error
    assert "--ascending" in error
    for flag, first in (("--ascending", "a"), ("--descending", "b")):
        assert ask("r", "--worst", "cost", flag, data=data)["samples"][0]["sample_id"] == first


def test_opposite_declarations_are_refused(tmp_path: Path, say: Say) -> None:
    """Where a run declares both directions, it has declared none."""
    told = Run("r").sample("a", cost=1.0).metric("cost", 1, higher_is_better=True)
    data = take_in(tmp_path / "data", told.metric("cost", 1, higher_is_better=False, stage="x"))
    assert "declare both" in say("r", "--worst", "cost", data=data, code=2)


def test_an_unknown_score_names_those_there_are(say: Say) -> None:
    """Exit code 3: there is no such thing."""
    assert "faithfulness" in say("sat", "--worst", "faithfullness", code=3)


def test_a_metric_of_a_sample_is_a_score_too(tmp_path: Path, ask: Ask) -> None:
    """Whether told with the sample or as a metric of it; several values are averaged."""
    told = Run("r").sample("a").sample("b")
    for name, value in (("a", 3.0), ("a", 5.0), ("b", 1.0)):
        told.metric("latency", value, scope="sample", stage="evaluate", sample=name, higher_is_better=False)  # fmt: skip
    data = take_in(tmp_path / "data", told)
    found = ask("r", "--worst", "latency", data=data)
    assert [(each["sample_id"], each["value"]) for each in found["samples"]] == [("a", 4.0), ("b", 1.0)]  # fmt: skip


def any_samples(draw: Random) -> list[tuple[str | None, set[str], set[str], float | None]]:
    """Status, tags, slices and score of up to a dozen samples."""
    statuses = ["passed", "failed", "error", "skipped", None]
    return [
        (
            draw.choice(statuses),
            {tag for tag in "xyz" if draw.random() < 0.3},
            {name for name in "st" if draw.random() < 0.5},
            draw.choice([None, draw.random()]),
        )
        for _ in range(draw.randint(1, 12))
    ]


def test_groups_are_what_one_would_count_by_hand(tmp_path: Path) -> None:
    """Forty runs of any mixture: counts, rates and the worst equal those made in Python."""
    draw = Random(5)
    told = {f"r{number}": any_samples(draw) for number in range(40)}
    runs = [Run(name) for name in told]
    for run in runs:
        for index, (status, tags, slices, score) in enumerate(told[run.id]):
            scores = {} if score is None else {"contexta.sample.score.f": score}
            run.sample(f"s{index:02}", status=status, tags=sorted(tags), slices=sorted(slices), about=scores)  # fmt: skip
    with Source.chosen(str(take_in(tmp_path / "data", *runs)), None).open() as query:
        for name, samples in told.items():
            _check(query, name, samples)


def _failed(status: str | None, tags: set[str]) -> bool:
    return status in ("failed", "error") or (status is None and bool(tags))


def _check(query: Query, name: str, told: list[tuple[str | None, set[str], set[str], float | None]]) -> None:  # fmt: skip
    for group in group_samples(query, name, "slice").groups:
        if group.named is None:
            own = [each for each in told if not each[2]]
        else:
            own = [each for each in told if group.named in each[2]]
        bad = sum(_failed(status, tags) for status, tags, *_ in own)
        passed = sum(status == "passed" for status, *_ in own)
        assert (group.samples, group.failed, group.passed) == (len(own), bad, passed)
        assert group.rate == (bad / (bad + passed) if bad + passed else None)
    scored = sorted((score, index) for index, (*_, score) in enumerate(told) if score is not None)
    if scored:
        worst = worst_samples(query, name, "f", order="ascending", limit=None)
        assert [each.sample_id for each, _ in worst.ranked] == [f"s{i:02}" for _, i in scored]
