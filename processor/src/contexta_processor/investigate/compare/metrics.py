"""The figures of two runs side by side: one row per metric, scope, stage and slice, never collapsed."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from contexta_processor.base.query import Params, Query
from contexta_processor.base.statement import statement
from contexta_processor.investigate.compare.stages import Stages
from contexta_processor.investigate.results import Row, rows_of, whole

Verdict = Literal["better", "worse", "same", "inconclusive", "not_comparable", "no_direction"]

POINT = "point difference, no interval"
PAIRED = "paired mean difference, no interval"
FEW = 30
"""Samples below which a difference without an interval is not called better, worse or the same."""


@dataclass(frozen=True)
class MetricDelta:
    """One figure in two runs. delta is candidate − baseline in `unit`, None unless comparable.

    scope: run, stage, operation, batch, slice, deployment or sample (scores, over the same samples).
    n: pairs for scope sample, else how many samples the smaller side was measured on; None: unknown.
    method: how the verdict came about, in words. interval and confidence_level: None until there is one.
    """

    name: str
    scope: str
    stage: str | None
    operation: str | None
    slice: str | None
    aggregation: str | None
    unit: str | None
    baseline: float | None
    candidate: float | None
    delta: float | None
    n: int | None
    method: str
    verdict: Verdict
    higher_is_better: bool | None
    interval: tuple[float, float] | None = None
    confidence_level: float | None = None

    @property
    def comparable(self) -> bool:
        """Whether the two figures may be held against each other."""
        return self.verdict != "not_comparable"

    @property
    def losing(self) -> bool:
        """Whether the candidate's figure is the worse one, decided or not."""
        if not self.delta or self.higher_is_better is None:
            return False
        return (self.delta > 0) != self.higher_is_better

    @property
    def moved(self) -> bool:
        """Whether the evidence is another one: a difference, or a figure only one side has."""
        return (
            self.delta != 0
            if self.comparable
            else (self.baseline is None) != (self.candidate is None)
        )

    def to_dict(self) -> dict[str, object]:
        """One element of `comparison.metrics`."""
        return {
            "name": self.name,
            "scope": self.scope,
            "stage": self.stage,
            "operation": self.operation,
            "slice": self.slice,
            "aggregation": self.aggregation,
            "unit": self.unit,
            "baseline": whole(self.baseline),
            "candidate": whole(self.candidate),
            "delta": whole(self.delta),
            "interval": self.interval,
            "confidence_level": self.confidence_level,
            "n": self.n,
            "method": self.method,
            "verdict": self.verdict,
            "higher_is_better": self.higher_is_better,
        }


def compare_metrics(query: Query, params: Params, stages: Stages) -> tuple[MetricDelta, ...]:
    """Every figure known to either run; scores of samples after the rest."""
    figures = rows_of(query.query(statement("investigate/compare/metrics"), params))
    scores = rows_of(query.query(statement("investigate/compare/scores"), params))
    directions = _directions(figures)
    return (
        *(_of_figure(row, stages) for row in figures),
        *(_of_score(row, stages, directions) for row in scores),
    )


def difference(baseline: float, candidate: float) -> float:
    """candidate − baseline, to 12 significant digits: 0.78 − 0.822 is -0.042, not -0.04199999999999993."""
    return float(f"{candidate - baseline:.12g}")


def _of_figure(row: Row, stages: Stages) -> MetricDelta:
    baseline, candidate = row["baseline_value"], row["candidate_value"]
    direction, agreed = _direction(
        row["baseline_higher_is_better"], row["candidate_higher_is_better"]
    )
    obstacle = (
        _missing(row)
        or _unit_obstacle(row["baseline_unit"], row["candidate_unit"])
        or _value_obstacle(baseline, candidate)
        or (None if agreed else "the runs declare opposite directions")
        or stages.obstacle(row["stage"])
    )
    delta = None if obstacle else difference(baseline, candidate)
    counts = [row[side] for side in ("baseline_sample_count", "candidate_sample_count")]
    n = None if None in counts else min(counts)
    verdict, method = _judged(delta, direction, n, obstacle or _point_method(row))
    return MetricDelta(
        name=row["name"],
        scope=row["scope"],
        stage=row["stage"],
        operation=row["operation"],
        slice=row["slice"],
        aggregation=row["aggregation"],
        unit=row["candidate_unit"] or row["baseline_unit"],
        baseline=baseline,
        candidate=candidate,
        delta=delta,
        n=n,
        method=method,
        verdict=verdict,
        higher_is_better=direction,
    )


def _of_score(row: Row, stages: Stages, directions: Mapping[str, bool]) -> MetricDelta:
    baseline, candidate, pairs = row["baseline_value"], row["candidate_value"], row["pairs"]
    obstacle = stages.obstacle(row["stage"]) or (None if pairs else _unpaired(row))
    delta = None if obstacle else difference(baseline, candidate)
    direction = directions.get(row["name"])
    method = obstacle or PAIRED
    if row["not_finite"]:
        method = f"{method}; {row['not_finite']} left out for NaN or infinity"
    verdict, method = _judged(delta, direction, pairs, method)
    return MetricDelta(
        name=row["name"],
        scope="sample",
        stage=row["stage"],
        operation=None,
        slice=row["slice"],
        aggregation="mean",
        unit=None,
        baseline=baseline,
        candidate=candidate,
        delta=delta,
        n=pairs,
        method=method,
        verdict=verdict,
        higher_is_better=direction,
    )


def _directions(figures: Iterable[Row]) -> dict[str, bool]:
    """Directions declared for a name anywhere in the two runs; names with both are left out."""
    found: dict[str, set[bool]] = {}
    for row in figures:
        told = {row["baseline_higher_is_better"], row["candidate_higher_is_better"]} - {None}
        found.setdefault(row["name"], set()).update(told)
    return {name: told.pop() for name, told in found.items() if len(told) == 1}


def _direction(baseline: bool | None, candidate: bool | None) -> tuple[bool | None, bool]:
    told = {baseline, candidate} - {None}
    return (told.pop(), True) if len(told) == 1 else (None, not told)


def _missing(row: Row) -> str | None:
    sides = [side for side in ("baseline", "candidate") if row[f"{side}_parts"] is None]
    return f"the {sides[0]} does not have it" if sides else None


def _unit_obstacle(baseline: str | None, candidate: str | None) -> str | None:
    units = [unit or "1" for unit in (baseline, candidate)]
    if "mixed" in units:
        return "one side has it in several units"
    if units[0] != units[1] and None not in (baseline, candidate):
        return f"the units differ: {baseline} and {candidate}"
    return None


def _value_obstacle(baseline: float | None, candidate: float | None) -> str | None:
    if baseline is None or candidate is None:
        return "percentiles of several batches cannot be put together"
    for side, value in (("baseline", baseline), ("candidate", candidate)):
        if not math.isfinite(value):
            return f"the {side}'s value is {'NaN' if math.isnan(value) else 'infinite'}"
    return None


def _unpaired(row: Row) -> str:
    for side, other in (("baseline", "candidate"), ("candidate", "baseline")):
        if row[f"{side}_value"] is None:
            return f"the {side} does not have it"
        if not row[f"only_{side}"] and not row["not_finite"]:
            return f"the {other} scored other samples"
    return "no sample was scored in both"


def _point_method(row: Row) -> str:
    parts = max(row["baseline_parts"], row["candidate_parts"])
    if parts == 1:
        return POINT
    how = row["aggregation"] if row["aggregation"] in ("sum", "min", "max") else "mean"
    return f"{how} over batches ({row['baseline_parts']} and {row['candidate_parts']}), no interval"


def _judged(
    delta: float | None, higher_is_better: bool | None, n: int | None, method: str
) -> tuple[Verdict, str]:
    """A plain comparison of two numbers, and how it came about; few samples decide nothing."""
    if delta is None:
        return "not_comparable", method
    if higher_is_better is None:
        return ("same" if delta == 0 else "no_direction"), method
    if n is not None and n < FEW:
        return "inconclusive", f"{method}; {n} samples are too few without one"
    if delta == 0:
        return "same", method
    return ("better" if (delta > 0) == higher_is_better else "worse"), method
