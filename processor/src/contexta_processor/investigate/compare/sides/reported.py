"""Figures that the runs of two sides reported: one value a run, held against how far runs lie apart."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite, isnan
from typing import TYPE_CHECKING, Protocol

from contexta_processor.base.query import Query
from contexta_processor.base.statement import statement
from contexta_processor.investigate.compare.fairness import Fairness
from contexta_processor.investigate.compare.figures import PLACE, Figure, figure_of
from contexta_processor.investigate.compare.judging import concluded, withheld
from contexta_processor.investigate.compare.metrics import MetricDelta, difference
from contexta_processor.investigate.compare.options import CompareOptions
from contexta_processor.investigate.compare.reported import default_margin
from contexta_processor.investigate.compare.runs import SIDES, Side
from contexta_processor.investigate.compare.sides.figures import (
    FigureOverRuns,
    Values,
    mean_of_runs,
    over_runs,
)
from contexta_processor.investigate.compare.sides.members import Members, by_value
from contexta_processor.investigate.compare.sides.stages import SideStages
from contexta_processor.investigate.compare.stages import Stages
from contexta_processor.investigate.results import Row, rows_of

if TYPE_CHECKING:
    from contexta_processor.investigate.statistics.runs import OverRuns


@dataclass(frozen=True)
class Told:
    """One figure as runs reported it: name and place, and what each run that has it says."""

    name: str
    scope: str
    stage: str | None
    operation: str | None
    slice: str | None
    aggregation: str | None
    runs: Mapping[str, Figure]


@dataclass(frozen=True)
class OfSamples:
    """Scores that a reported figure is the mean of. over: their difference; name: the score's."""

    over: "OverRuns"
    name: str
    margin: float


class RunSamples(Protocol):
    """What the samples say of a figure that every run reported; None: they don't make it."""

    def __call__(self, figure: MetricDelta, values: Values) -> OfSamples | None: ...


@dataclass(frozen=True)
class SideContext:
    """What figures are judged by. measured: stages that figures or samples are from."""

    members: Members
    options: CompareOptions
    stages: SideStages
    measured: frozenset[str]
    fairness: Fairness

    @property
    def pairs(self) -> Stages:
        """The sides' stages as two runs' are."""
        return self.stages.measured_in(self.measured)


def load_told(query: Query, members: Members) -> tuple[Told, ...]:
    """Every figure known to any run, ordered by name and place."""
    first = {"baseline": members.baseline.runs[0], "candidate": members.candidate.runs[0]}
    params = {**first, "runs": sorted(members.runs)}
    places: dict[tuple[str | None, ...], dict[str, Row]] = {}
    for row in rows_of(query.query(statement("investigate/compare/figures"), params)):
        places.setdefault(tuple(row[name] for name in PLACE), {})[row["run_id"]] = row
    return tuple(_told(place, rows, members) for place, rows in places.items())


def _told(place: tuple[str | None, ...], rows: Mapping[str, Row], members: Members) -> Told:
    name, scope, stage, operation, slice_, aggregation = place
    runs = {run: figure_of(rows[run]) for run in members.runs if run in rows}
    return Told(name or "", scope or "", stage, operation, slice_, aggregation, runs)


def compare_told(
    figures: Sequence[Told], context: SideContext, samples: RunSamples | None
) -> Iterator[FigureOverRuns]:
    """Every figure, in the order given, each with its runs."""
    for figure in figures:
        yield _compared(figure, context, samples)


def _compared(told: Told, context: SideContext, samples: RunSamples | None) -> FigureOverRuns:
    values, left_out = _values(told, context)
    sides = [
        {run: values[run] for run in context.members.of(side) if run in values} for side in SIDES
    ]
    row = _side_by_side(told, sides, left_out, context)
    if row.delta is None:
        return FigureOverRuns(row, sides[0], sides[1])
    found = samples(row, values) if samples and not left_out else None
    margin = context.options.margins.get(told.name)
    if margin is None:
        margin = found.margin if found else default_margin(row, values.values())
    if found:
        row = concluded(row, found.over.estimate, basis="samples", margin=margin)
        row = replace(row, method=f"mean of its samples: {row.method}", repeats=found.name)
    else:
        row = _over_values(row, sides, margin, context.options.confidence)
    row = _held_back(row, left_out, context.fairness)
    return over_runs(
        row,
        sides[0],
        sides[1],
        confidence=context.options.confidence,
        parts=found.over if found else None,
    )


def _over_values(
    row: MetricDelta, sides: Sequence[Values], margin: float, confidence: float
) -> MetricDelta:
    from contexta_processor.investigate.statistics.runs import runs_difference

    told = [list(side.values()) for side in sides]
    if len({*told[0], *told[1]}) == 1:
        return replace(row, verdict="same", margin=margin, method="the same in every run")
    estimate = runs_difference(*told, confidence=confidence)
    return concluded(row, estimate, basis="runs", margin=margin)


def _held_back(row: MetricDelta, left_out: Mapping[str, str], fairness: Fairness) -> MetricDelta:
    """A run without the figure may be the one that would have told: nothing good is concluded without it."""
    reason = fairness.withholds(row)
    if reason:
        return withheld(row, reason)
    if left_out and row.verdict != "worse":
        return withheld(row, next(iter(left_out.values())))
    return row


def _values(told: Told, context: SideContext) -> tuple[dict[str, float], dict[str, str]]:
    """The value of each run that has one, and why another has none."""
    unfinished = context.stages.unfinished(told.stage, context.measured)
    values: dict[str, float] = {}
    left_out: dict[str, str] = {}
    for run in context.members.runs:
        figure = told.runs.get(run)
        value = figure.value if figure else None
        if run in unfinished:
            left_out[run] = unfinished[run]
        elif figure is None:
            left_out[run] = f"{run} does not have it"
        elif value is None:
            left_out[run] = f"percentiles of several batches cannot be put together in {run}"
        elif not isfinite(value):
            left_out[run] = f"it is {'NaN' if isnan(value) else 'infinite'} in {run}"
        else:
            values[run] = value
    return values, left_out


def _side_by_side(
    told: Told, sides: Sequence[Values], left_out: Mapping[str, str], context: SideContext
) -> MetricDelta:
    figures = told.runs.values()
    directions = {each.higher_is_better for each in figures} - {None}
    units = {run: each.unit for run, each in told.runs.items() if each.unit is not None}
    obstacle = (
        _missing(sides, left_out, context.members)
        or _unit_obstacle(units)
        or ("the runs declare opposite directions" if len(directions) > 1 else None)
        or context.pairs.obstacle(told.stage)
        or context.fairness.obstacle(told.name, told.scope)
    )
    means = [mean_of_runs(side) for side in sides]
    counts = [each.sample_count for each in figures]
    known = [count for count in counts if count is not None]
    return MetricDelta(
        name=told.name,
        scope=told.scope,
        stage=told.stage,
        operation=told.operation,
        slice=told.slice,
        aggregation=told.aggregation,
        unit=next(iter(units.values()), None),
        baseline=means[0],
        candidate=means[1],
        delta=None if obstacle else difference(means[0] or 0.0, means[1] or 0.0),
        n=min(known) if len(known) == len(counts) else None,
        method=obstacle or _left_out(left_out),
        verdict="not_comparable",
        higher_is_better=directions.pop() if len(directions) == 1 else None,
    )


def _missing(sides: Sequence[Values], left_out: Mapping[str, str], members: Members) -> str | None:
    names: tuple[Side, Side] = SIDES
    for side, values in zip(names, sides, strict=True):
        if not values:
            reasons = {left_out[run] for run in members.of(side)}
            lone = next(iter(reasons)) if len(members.of(side)) == 1 else None
            return lone or f"no run of the {side} has it"
    return None


def _unit_obstacle(units: Mapping[str, str]) -> str | None:
    if "mixed" in units.values():
        return "a run has it in several units"
    return f"the units differ: {by_value(units)}" if len(set(units.values())) > 1 else None


def _left_out(left_out: Mapping[str, str]) -> str:
    return "; ".join(dict.fromkeys(left_out.values()))
