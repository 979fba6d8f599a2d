"""How long things took in two runs, and when a difference is more than chance."""

import json
import random
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from compare.emission import Run, take_in
from hypothesis import given
from hypothesis import strategies as st

from contexta_processor.cli.connect import Source
from contexta_processor.investigate.compare import durations as module
from contexta_processor.investigate.compare.durations import DurationDelta, compare_durations

Durations = Callable[..., dict[tuple[str, str | None, str | None], DurationDelta]]


@pytest.fixture
def durations(tmp_path: Path) -> Durations:
    """Two runs' telemetry, taken in, and their durations by scope, stage and operation."""

    def of(
        baseline: Run, candidate: Run, *others: Run
    ) -> dict[tuple[str, str | None, str | None], DurationDelta]:
        take_in(tmp_path / "data", baseline, candidate, *others)
        with Source.chosen(str(tmp_path / "data"), None).open() as query:
            found = compare_durations(query, {"baseline": baseline.id, "candidate": candidate.id})
        return {(each.scope, each.stage, each.operation): each for each in found}

    return of


def number(value: float | None) -> float:
    """A figure that has to be there."""
    assert value is not None
    return value


def told_of(each: DurationDelta) -> dict[str, Any]:
    """What a program is told."""
    return json.loads(json.dumps(each.to_dict()))


def timed(id: str, times: Iterable[float], name: str = "answer") -> Run:
    """A run with one stage, and an operation in it for each number of milliseconds."""
    run = Run(id).stage("retrieve", 0)
    for ms in times:
        run.operation(name, ms, stage="retrieve")
    return run


def some(n: int, shift: float = 0.0, seed: int = 0) -> list[float]:
    """n skewed durations."""
    rng = random.Random(seed)
    return [round(100 + shift + rng.expovariate(1 / 20), 6) for _ in range(n)]


def test_count_errors_and_percentiles_of_both_sides(durations: Durations) -> None:
    """p50 and p95 are those of numpy over the same durations; the delta is candidate minus baseline."""
    baseline, candidate = timed("before", some(120)), timed("after", some(140, 50, seed=1))
    candidate.operation("answer", 400, stage="retrieve", failed=True)
    found = durations(baseline, candidate)["operation", "retrieve", "answer"]
    assert found.baseline is not None
    assert found.candidate is not None
    assert (found.baseline.count, found.baseline.errors) == (120, 0)
    assert (found.candidate.count, found.candidate.errors, found.errors_delta) == (141, 1, 1)
    for side, times in (
        (found.baseline, some(120)),
        (found.candidate, [*some(140, 50, seed=1), 400]),
    ):
        assert side.p50 == pytest.approx(np.quantile(times, 0.5))
        assert side.p95 == pytest.approx(np.quantile(times, 0.95))
        assert side.total == pytest.approx(sum(times))
    assert number(found.p50_delta) == pytest.approx(
        number(found.candidate.p50) - number(found.baseline.p50)
    )
    assert found.verdict == "slower"


def test_intervals_hold_the_delta_and_say_how_they_were_made(durations: Durations) -> None:
    """The interval is the resampled one, the method names it, the confidence stands beside it."""
    found = durations(timed("before", some(150)), timed("after", some(150, -30, seed=2)))
    told = told_of(found["operation", "retrieve", "answer"])
    for percentile in ("p50", "p95"):
        low, high = told[f"{percentile}_interval_ms"]
        assert low <= told[f"{percentile}_delta_ms"] <= high
    assert told["confidence_level"] == 0.95
    assert "bootstrap of the p50 and p95" in str(told["method"])
    assert told["verdict"] == "faster"


@pytest.mark.parametrize(
    ("n", "p50", "p95"), [(9, False, False), (10, True, False), (100, True, True)]
)
def test_few_executions_have_no_interval(
    n: int, p50: bool, p95: bool, durations: Durations
) -> None:
    """A median takes 10 executions on each side, a p95 takes 100; below, the difference stands alone."""
    found = durations(timed("before", some(n)), timed("after", some(200, 5, seed=3)))
    each = found["operation", "retrieve", "answer"]
    assert (each.p50_interval is not None, each.p95_interval is not None) == (p50, p95)
    assert each.p50_delta is not None
    if not p50:
        assert (each.verdict, each.confidence) == (None, None)
        assert "9 of it on a side" in each.method


def test_what_one_side_lacks_is_null_and_never_zero(durations: Durations) -> None:
    """No side, no delta, and the words say which side it is."""
    found = durations(timed("before", [5.0], "old"), timed("after", [7.0], "new"))
    old, new = (told_of(found["operation", "retrieve", name]) for name in ("old", "new"))
    assert (old["candidate"], new["baseline"]) == (None, None)
    assert (old["p50_delta_ms"], old["p95_delta_ms"], old["errors_delta"]) == (None, None, None)
    assert old["method"] == "the candidate does not have it"
    assert new["method"] == "the baseline does not have it"


def test_an_operation_known_by_name_alone_has_no_count(durations: Durations) -> None:
    """Evidence that names an operation proves that it was there, not how often or how long it ran."""
    told = {"contexta.operation.name": "rerank", "contexta.stage.name": "retrieve"}
    runs = [Run(id).stage("retrieve", 0).event("reranked", told) for id in ("before", "after")]
    each = told_of(durations(*runs)["operation", "retrieve", "rerank"])
    assert each["baseline"] == {
        "count": None, "errors": None, "timed": 0, "p50_ms": None, "p95_ms": None, "total_ms": None,
    }  # fmt: skip
    assert (each["p50_delta_ms"], each["errors_delta"]) == (None, None)
    assert each["method"] == "no duration is known in the baseline"


def test_only_completed_stages_are_timed(durations: Durations) -> None:
    """A stage that failed early was not fast."""
    runs = Run("before").stage("retrieve", 0), Run("after").stage("retrieve", 0, "failed")
    found = told_of(durations(*runs)["stage", "retrieve", None])
    assert found["baseline"]["p50_ms"] == 1000
    assert found["candidate"]["p50_ms"] is None
    assert (found["errors_delta"], found["p50_delta_ms"]) == (1, None)
    assert found["method"] == "no duration is known in the candidate"


def test_stages_come_in_pipeline_order_then_their_operations(durations: Durations) -> None:
    """As the pipeline runs, and operations after the stages in the same order."""
    runs = [
        Run(id).stage("train", 1).stage("prepare", 0)
        .operation("fit", 5, stage="train").operation("clean", 5, stage="prepare")
        .operation("alone", 5).operation("check", 5, stage="prepare")
        for id in ("before", "after")
    ]  # fmt: skip
    assert list(durations(*runs)) == [
        ("stage", "prepare", None),
        ("stage", "train", None),
        ("operation", "prepare", "check"),
        ("operation", "prepare", "clean"),
        ("operation", "train", "fit"),
        ("operation", None, "alone"),
    ]


def test_the_same_durations_differ_in_nothing(durations: Durations) -> None:
    """No delta, and an interval around 0."""
    each = durations(timed("before", some(200)), timed("after", some(200)))
    found = each["operation", "retrieve", "answer"]
    assert (found.p50_delta, found.p95_delta, found.verdict) == (0, 0, "inconclusive")


def test_sides_turned_around_turn_the_answer_around(durations: Durations) -> None:
    """Deltas change their sign, slower becomes faster."""
    found = durations(timed("a", some(150)), timed("b", some(150, 60, seed=4)))
    back = durations(timed("b", some(150, 60, seed=4)), timed("a", some(150)))
    one, other = (each["operation", "retrieve", "answer"] for each in (found, back))
    assert one.p50_delta == pytest.approx(-number(other.p50_delta))
    assert one.p95_delta == pytest.approx(-number(other.p95_delta))
    assert (one.verdict, other.verdict) == ("slower", "faster")


def test_other_runs_change_nothing(durations: Durations) -> None:
    """The answer is about two runs, whatever else is in the store."""
    alone = durations(timed("a", some(30)), timed("b", some(30, 9, seed=5)))
    beside = durations(
        timed("a", some(30)), timed("b", some(30, 9, seed=5)), timed("c", some(90, 500, seed=6))
    )
    assert alone == beside


def test_intervals_are_made_for_those_that_took_longest(
    durations: Durations, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With more names than the limit, the rest keeps its difference and says why it has no interval."""
    monkeypatch.setattr(module, "MOST_INTERVALS", 1)
    runs = [Run(id) for id in ("before", "after")]
    for run in runs:
        for ms in some(20):
            run.operation("slow", ms).operation("quick", ms / 10)
    found = durations(*runs)
    assert found["operation", None, "slow"].p50_interval is not None
    quick = found["operation", None, "quick"]
    assert (quick.p50_interval, quick.p50_delta) == (None, 0)
    assert "took longest" in quick.method


@given(
    low=st.floats(-100, 100),
    width=st.floats(0, 50),
    other=st.floats(-100, 100),
    other_width=st.floats(0, 50),
)
def test_a_verdict_never_contradicts_an_interval(
    low: float, width: float, other: float, other_width: float
) -> None:
    """slower needs an interval above 0, faster one below; both is mixed; neither is inconclusive."""
    each = DurationDelta(
        "stage", "s", None, None, None, (low, low + width), (other, other + other_width), 0.95, ""
    )
    above = low > 0 or other > 0
    below = low + width < 0 or other + other_width < 0
    expected = {(True, False): "slower", (False, True): "faster", (True, True): "mixed"}
    assert each.verdict == expected.get((above, below), "inconclusive")
