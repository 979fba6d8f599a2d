"""Did stages and operations take longer, and did they fail more often?

Held against each other by name: an operation is the same where its stage and its name are. A percentile's
difference has an interval where there are enough executions on both sides (Estimate.few), and none else; how
long a stage takes can be said of completed ones only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast

from contexta_processor.base.query import Params, Query
from contexta_processor.base.statement import statement
from contexta_processor.investigate.results import Row, rows_of, whole

if TYPE_CHECKING:
    import numpy.typing as npt
    import pyarrow as pa

    from contexta_processor.investigate.statistics.estimates import Estimate

Verdict = Literal["slower", "faster", "mixed", "inconclusive"]

MOST_INTERVALS = 100
"""Names that get intervals, those that took longest in all: 1 ms each."""

_ENOUGH = {0.5: 10, 0.95: 100}
"""Executions on the smaller side below which the percentile has no interval: 5 have to lie beyond it."""

_Key = tuple[str, str | None, str | None]


@dataclass(frozen=True)
class DurationSide:
    """One name in one run. Times in milliseconds, None where none is known.

    count: how often it ran, None where it is known by its name alone. errors: how often it failed.
    timed: how many durations the percentiles are of.
    """

    count: int | None
    errors: int
    timed: int
    p50: float | None
    p95: float | None
    total: float | None

    def to_dict(self) -> dict[str, object]:
        """One side of an element of `comparison.durations`."""
        return {
            "count": self.count,
            "errors": self.errors if self.count is not None else None,
            "timed": self.timed,
            "p50_ms": whole(self.p50),
            "p95_ms": whole(self.p95),
            "total_ms": whole(self.total),
        }


@dataclass(frozen=True)
class DurationDelta:
    """One stage or operation in two runs; a side is None where that run has none of that name.

    Deltas are candidate − baseline in milliseconds, None unless both sides have one; intervals None where
    there are too few executions. method: how the intervals came about, or why there is none.
    """

    scope: Literal["stage", "operation"]
    stage: str | None
    operation: str | None
    baseline: DurationSide | None
    candidate: DurationSide | None
    p50_interval: tuple[float, float] | None
    p95_interval: tuple[float, float] | None
    confidence: float | None
    method: str

    @property
    def p50_delta(self) -> float | None:
        """Difference of the medians in milliseconds."""
        return self._delta("p50")

    @property
    def p95_delta(self) -> float | None:
        """Difference of the 95th percentiles in milliseconds."""
        return self._delta("p95")

    @property
    def errors_delta(self) -> int | None:
        """Difference in how often it failed; None unless both ran."""
        if self.baseline is None or self.candidate is None:
            return None
        if self.baseline.count is None or self.candidate.count is None:
            return None
        return self.candidate.errors - self.baseline.errors

    @property
    def verdict(self) -> Verdict | None:
        """What the intervals show: slower or faster where one excludes 0 and the other does not say otherwise;
        None without an interval."""
        intervals = [each for each in (self.p50_interval, self.p95_interval) if each is not None]
        if not intervals:
            return None
        slower = any(low > 0 for low, _ in intervals)
        faster = any(high < 0 for _, high in intervals)
        if slower and faster:
            return "mixed"
        return "slower" if slower else "faster" if faster else "inconclusive"

    def _delta(self, name: str) -> float | None:
        before = getattr(self.baseline, name, None)
        after = getattr(self.candidate, name, None)
        return None if before is None or after is None else float(f"{after - before:.12g}")

    def to_dict(self) -> dict[str, object]:
        """One element of `comparison.durations`."""
        return {
            "scope": self.scope,
            "stage": self.stage,
            "operation": self.operation,
            "baseline": self.baseline.to_dict() if self.baseline else None,
            "candidate": self.candidate.to_dict() if self.candidate else None,
            "p50_delta_ms": whole(self.p50_delta),
            "p50_interval_ms": self.p50_interval,
            "p95_delta_ms": whole(self.p95_delta),
            "p95_interval_ms": self.p95_interval,
            "errors_delta": self.errors_delta,
            "confidence_level": self.confidence,
            "method": self.method,
            "verdict": self.verdict,
        }


def compare_durations(
    query: Query, params: Params, *, confidence: float = 0.95, seed: int = 0
) -> tuple[DurationDelta, ...]:
    """Stages in pipeline order (the baseline's first), then operations by stage and name.

    params: `baseline` and `candidate`, run ids. seed: of the resampling; the same seed gives the same answer.
    """
    table = query.query(statement("investigate/compare/durations"), params)
    durations = _Durations(table)
    rows = rows_of(table.drop_columns(["durations"]))
    sides: dict[_Key, dict[str, int]] = {}
    for place, row in sorted(
        enumerate(rows), key=lambda one: one[1]["run_id"] != params["baseline"]
    ):
        key = (row["scope"], row["stage"], row["operation"])
        for side in ("baseline", "candidate"):
            if row["run_id"] == params[side]:
                sides.setdefault(key, {})[side] = place
    longest = _longest(rows, sides)
    return tuple(
        _delta(key, sides[key], rows, durations if key in longest else None, confidence, seed)
        for key in _ordered(sides)
    )


class _Durations:
    """The sorted durations of each row, without a Python object for each."""

    def __init__(self, table: "pa.Table") -> None:
        self._column = table.column("durations")

    def of(self, place: int) -> "npt.ArrayLike":
        """The durations of a row as an array."""
        return self._column[place].values.to_numpy()


def _ordered(sides: Mapping[_Key, object]) -> list[_Key]:
    """Stages as they came; operations after them, in the order of their stages, by name."""
    stages = {key[1]: place for place, key in enumerate(sides) if key[0] == "stage"}
    return sorted(
        sides,
        key=lambda key: (
            key[0] == "operation",
            stages.get(key[1], len(stages)),
            key[1] or "",
            key[2] or "",
        ),
    )


def _longest(rows: Sequence[Row], sides: Mapping[_Key, Mapping[str, int]]) -> set[_Key]:
    """The names that took longest on both sides together, of those that both sides have."""
    totals = {
        key: sum(rows[place]["total"] or 0.0 for place in places.values())
        for key, places in sides.items()
        if len(places) == 2
        and min(rows[place]["timed"] for place in places.values()) >= min(_ENOUGH.values())
    }
    return set(sorted(totals, key=lambda key: (-totals[key], str(key)))[:MOST_INTERVALS])


def _delta(
    key: _Key,
    places: Mapping[str, int],
    rows: Sequence[Row],
    durations: _Durations | None,
    confidence: float,
    seed: int,
) -> DurationDelta:
    baseline, candidate = (
        _side(rows[places[side]]) if side in places else None for side in ("baseline", "candidate")
    )
    n = min(each.timed if each else 0 for each in (baseline, candidate))
    p50 = p95 = None
    if durations is not None:
        before, after = (durations.of(places[side]) for side in ("baseline", "candidate"))
        p50, p95 = (_estimated(before, after, q, n, confidence, seed) for q in _ENOUGH)
    return DurationDelta(
        scope=cast("Literal['stage', 'operation']", key[0]),
        stage=key[1],
        operation=key[2],
        baseline=baseline,
        candidate=candidate,
        p50_interval=(p50.low, p50.high) if p50 else None,
        p95_interval=(p95.low, p95.high) if p95 else None,
        confidence=confidence if p50 or p95 else None,
        method=_method(n, baseline, candidate, p50, p95),
    )


def _side(row: Row) -> DurationSide:
    return DurationSide(
        *(row[name] for name in ("count", "errors", "timed", "p50", "p95", "total"))
    )


def _estimated(
    baseline: "npt.ArrayLike",
    candidate: "npt.ArrayLike",
    q: float,
    n: int,
    confidence: float,
    seed: int,
) -> "Estimate | None":
    if n < _ENOUGH[q]:
        return None
    from contexta_processor.investigate.statistics.bootstrap import percentile_difference

    found = percentile_difference(
        baseline, candidate, q, paired=False, seed=seed, confidence=confidence
    )
    return None if found is None or found.few else found


def _method(
    n: int,
    baseline: DurationSide | None,
    candidate: DurationSide | None,
    p50: "Estimate | None",
    p95: "Estimate | None",
) -> str:
    if p50 is not None or p95 is not None:
        told = p50 or p95
        return (told.method if told else "").replace("p50", "p50 and p95" if p50 and p95 else "p50")
    for side, name in ((baseline, "baseline"), (candidate, "candidate")):
        if side is None:
            return f"the {name} does not have it"
        if not side.timed:
            return f"no duration is known in the {name}"
    if n < _ENOUGH[0.5]:
        return f"point difference, no interval: {n} of it on a side"
    return f"point difference, no interval: made for the {MOST_INTERVALS} that took longest"
