"""What the runs reported, side by side: one pair per metric, scope, stage, operation, slice and aggregation."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from contexta_processor.base.query import Query
from contexta_processor.base.statement import statement
from contexta_processor.investigate.compare.runs import ComparedRuns
from contexta_processor.investigate.results import Row, rows_of

PLACE: tuple[str, ...] = ("name", "scope", "stage", "operation", "slice", "aggregation")
"""What makes a figure the same one in several runs."""


@dataclass(frozen=True)
class Figure:
    """One figure of one run.

    value: None where it cannot be made (percentiles of several batches). parts: batches it was made of.
    stddev, sample_count: as reported; None: not said. folds: cross-validation fold → value.
    points, low, high: the curve behind it, over all its steps.
    """

    value: float | None
    unit: str | None
    higher_is_better: bool | None
    sample_count: int | None
    stddev: float | None
    scorer: str | None
    parts: int
    folds: tuple[tuple[str, float], ...]
    points: int
    low: float | None
    high: float | None


@dataclass(frozen=True)
class FigurePair:
    """A figure in two runs, None where a run doesn't have it, and its value in earlier runs, oldest first."""

    name: str
    scope: str
    stage: str | None
    operation: str | None
    slice: str | None
    aggregation: str | None
    baseline: Figure | None
    candidate: Figure | None
    history: tuple[float, ...]

    @property
    def direction(self) -> tuple[bool | None, bool]:
        """Whether higher is better (None: not said), and whether the runs agree about it."""
        figures = [each for each in (self.baseline, self.candidate) if each]
        told = {each.higher_is_better for each in figures} - {None}
        return (told.pop(), True) if len(told) == 1 else (None, not told)


def load_figures(query: Query, runs: ComparedRuns) -> tuple[FigurePair, ...]:
    """Every figure known to either run, ordered by name and place."""
    pair = (runs.baseline.run_id, runs.candidate.run_id)
    read = sorted({*pair, *runs.history})
    params = {"baseline": pair[0], "candidate": pair[1], "runs": read}
    places: dict[tuple[str | None, ...], dict[str, Row]] = {}
    for row in rows_of(query.query(statement("investigate/compare/figures"), params)):
        places.setdefault(tuple(row[name] for name in PLACE), {})[row["run_id"]] = row
    return tuple(
        _pair(place, rows, pair, runs.history)
        for place, rows in places.items()
        if rows.keys() & set(pair)
    )


def directions_of(figures: Iterable[FigurePair]) -> dict[str, bool]:
    """Directions declared for a name anywhere in the two runs; names with both are left out."""
    return told_directions(_by_name(figures))


def units_of(figures: Iterable[FigurePair]) -> dict[str, str]:
    """Units told for a name anywhere in the two runs; names with several are left out."""
    return told_units(_by_name(figures))


def told_directions(figures: Iterable[tuple[str, Figure]]) -> dict[str, bool]:
    """The direction declared for each name, of figures by name; none where both were."""
    found: dict[str, set[bool]] = {}
    for name, each in figures:
        if each.higher_is_better is not None:
            found.setdefault(name, set()).add(each.higher_is_better)
    return {name: told.pop() for name, told in found.items() if len(told) == 1}


def told_units(figures: Iterable[tuple[str, Figure]]) -> dict[str, str]:
    """The unit told for each name, of figures by name; none where several were."""
    found: dict[str, set[str]] = {}
    for name, each in figures:
        if each.unit:
            found.setdefault(name, set()).add(each.unit)
    return {name: units.pop() for name, units in found.items() if len(units) == 1}


def _by_name(figures: Iterable[FigurePair]) -> Iterator[tuple[str, Figure]]:
    for pair in figures:
        for each in (pair.baseline, pair.candidate):
            if each:
                yield pair.name, each


def _pair(
    place: tuple[str | None, ...],
    rows: dict[str, Row],
    pair: tuple[str, str],
    history: Sequence[str],
) -> FigurePair:
    name, scope, stage, operation, slice_, aggregation = place
    baseline, candidate = (rows.get(run_id) for run_id in pair)
    earlier = [rows[run_id]["value"] for run_id in history if run_id in rows]
    return FigurePair(
        name=name or "",
        scope=scope or "",
        stage=stage,
        operation=operation,
        slice=slice_,
        aggregation=aggregation,
        baseline=None if baseline is None else figure_of(baseline),
        candidate=None if candidate is None else figure_of(candidate),
        history=tuple(value for value in earlier if value is not None and math.isfinite(value)),
    )


def figure_of(row: Row) -> Figure:
    """One row of figures.sql."""
    return Figure(
        value=row["value"],
        unit=row["unit"],
        higher_is_better=row["higher_is_better"],
        sample_count=row["sample_count"],
        stddev=row["stddev"],
        scorer=row["scorer"],
        parts=row["parts"],
        folds=tuple(zip(row["folds"] or (), row["fold_values"] or (), strict=True)),
        points=row["points"],
        low=row["low"],
        high=row["high"],
    )
