"""One baseline and several candidates: each compared with it, and all of them in one matrix."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from contexta_processor.base.query import Query
from contexta_processor.investigate.compare.comparison import (
    DEFAULTS,
    Measured,
    comparison_of,
    measure_runs,
)
from contexta_processor.investigate.compare.correction import Correction, corrected_together
from contexta_processor.investigate.compare.metrics import MetricDelta
from contexta_processor.investigate.compare.options import CompareOptions
from contexta_processor.investigate.compare.sides.selecting import Side
from contexta_processor.investigate.results import Rows, whole

if TYPE_CHECKING:  # what several runs a side need is not loaded for two runs
    from contexta_processor.investigate.compare.sides.comparison import SidesMeasured
    from contexta_processor.investigate.compare.sides.result import AnyComparison

Place = tuple[str, str, str | None, str | None, str | None, str | None]


@dataclass(frozen=True)
class MatrixRow:
    """One figure in every candidate. figures: None where neither that candidate nor the baseline has it."""

    place: Place
    unit: str | None
    baseline: float | None
    figures: tuple[MetricDelta | None, ...]

    def to_dict(self, candidates: Sequence[str]) -> dict[str, object]:
        """One element of `matrix.metrics`."""
        name, scope, stage, operation, slice_, aggregation = self.place
        return {
            "name": name,
            "scope": scope,
            "stage": stage,
            "operation": operation,
            "slice": slice_,
            "aggregation": aggregation,
            "unit": self.unit,
            "baseline": whole(self.baseline),
            "candidates": [
                {
                    "run": run,
                    "value": whole(each.candidate) if each else None,
                    "delta": whole(each.delta) if each else None,
                    "verdict": each.verdict if each else None,
                }
                for run, each in zip(candidates, self.figures, strict=True)
            ],
        }


@dataclass(frozen=True)
class Comparisons:
    """The answer to `contexta compare` with several candidates, in the order they were named.

    correction: what was done about several candidates being several chances to find one better or worse.
    """

    comparisons: "tuple[AnyComparison, ...]"
    correction: Correction

    @property
    def baseline_run(self) -> str:
        """What all are compared with."""
        return self.comparisons[0].baseline_run

    @property
    def candidates(self) -> tuple[str, ...]:
        """The candidates' ids."""
        return tuple(each.candidate_run for each in self.comparisons)

    @property
    def matrix(self) -> tuple[MatrixRow, ...]:
        """Every figure of any comparison, in the order of the first that has it."""
        places = dict.fromkeys(place_of(each) for one in self.comparisons for each in one.metrics)
        by_place = [{place_of(each): each for each in one.metrics} for one in self.comparisons]
        return tuple(
            _matrix_row(place, [known.get(place) for known in by_place]) for place in places
        )

    def to_dict(self) -> dict[str, object]:
        """Each comparison as document 8 holds it, the matrix, and the correction."""
        return {
            "correction": self.correction.to_dict(),
            "comparisons": [each.document() for each in self.comparisons],
            "matrix": {
                "baseline_run": self.baseline_run,
                "candidate_runs": list(self.candidates),
                "metrics": [row.to_dict(self.candidates) for row in self.matrix],
            },
        }

    def rows(self) -> Rows:
        """The figures of every comparison, each with its candidate; what only several runs a side have is empty
        for a candidate of one run against one."""
        tables = [(each.candidate_run, each.rows()) for each in self.comparisons]
        columns = max((table.columns for _, table in tables), key=len)
        return Rows(
            ("candidate_run", *columns),
            [
                (run, *row, *[None] * (len(columns) - len(row)))
                for run, table in tables
                for row in table.values
            ],
            {name: kind for _, table in tables for name, kind in table.kinds.items()},
        )


def compare_several(
    query: Query, baseline: Side, candidates: Sequence[Side], options: CompareOptions = DEFAULTS
) -> Comparisons:
    """Compare each of at least one candidate with the baseline.

    With several, a whole figure counts as better or worse only if it does among all of theirs: as many may be so by
    chance as `options.confidence` leaves. Raises: as `compare_runs` and `compare_sides`.
    """
    options = replace(options, candidates=len(candidates))
    measured = [_measured(query, baseline, each, options) for each in candidates]
    metrics, correction = corrected_together(
        [each.metrics for each in measured], rate=1 - options.confidence
    )
    return Comparisons(
        tuple(_concluded(each, figures) for each, figures in zip(measured, metrics, strict=True)),
        correction,
    )


def compare_any(
    query: Query, baseline: Side, candidate: Side, options: CompareOptions = DEFAULTS
) -> "AnyComparison":
    """Compare two sides, of one run or of several. Raises: as `compare_runs` and `compare_sides`."""
    return compare_several(query, baseline, [candidate], options).comparisons[0]


def _measured(
    query: Query, baseline: Side, candidate: Side, options: CompareOptions
) -> "Measured | SidesMeasured":
    if len(baseline.runs) == len(candidate.runs) == 1:
        return measure_runs(query, baseline.runs[0], candidate.runs[0], options)
    from contexta_processor.investigate.compare.sides.comparison import measure_sides

    return measure_sides(query, baseline, candidate, options)


def _concluded(
    measured: "Measured | SidesMeasured", metrics: tuple[MetricDelta, ...]
) -> "AnyComparison":
    if isinstance(measured, Measured):
        return comparison_of(measured, metrics)
    from contexta_processor.investigate.compare.sides.comparison import side_comparison_of

    return side_comparison_of(measured, metrics)


def place_of(each: MetricDelta) -> Place:
    """What makes a figure the same one in several comparisons."""
    return (each.name, each.scope, each.stage, each.operation, each.slice, each.aggregation)


def _matrix_row(place: Place, figures: Sequence[MetricDelta | None]) -> MatrixRow:
    """The baseline's value is the same in all, except for scores: those are of the samples each pair shares."""
    known = [each for each in figures if each]
    baselines = {each.baseline for each in known}
    units = [each.unit for each in known if each.unit]
    return MatrixRow(
        place=place,
        unit=units[0] if units else None,
        baseline=baselines.pop() if len(baselines) == 1 else None,
        figures=tuple(figures),
    )
