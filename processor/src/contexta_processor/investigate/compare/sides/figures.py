"""One figure over the runs of two sides: its value in each, how far runs lie apart, and what settles it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from math import ceil
from typing import TYPE_CHECKING

from contexta_processor.investigate.compare.metrics import MetricDelta, rounded
from contexta_processor.investigate.results import whole

if TYPE_CHECKING:
    from contexta_processor.investigate.statistics.runs import OverRuns

Values = Mapping[str, float]

_POWER = 0.84
"""z of 80 %: how often an unchanged candidate should pass."""


@dataclass(frozen=True)
class FigureOverRuns:
    """A figure with its value in each run.

    row: the figure as that of two runs, its sides the means over their runs. baseline, candidate: run → value, of
    the runs it could be taken from. single_run_reach: how far two single runs may lie apart by chance; None where
    nothing tells.
    """

    row: MetricDelta
    baseline: Values
    candidate: Values
    single_run_reach: float | None = None

    @property
    def single_run_tells(self) -> bool | None:
        """Whether one run a side could have shown this difference; None where there is none, or no spread."""
        if self.single_run_reach is None or not self.row.delta:
            return None
        return abs(self.row.delta) > self.single_run_reach

    def to_dict(self) -> dict[str, object]:
        """One element of `comparison.metrics`."""
        return {
            **self.row.to_dict(),
            "n_runs": [len(self.baseline), len(self.candidate)],
            "n_runs_needed": self.row.n_runs_needed,
            "baseline_stddev": whole(spread_of(self.baseline.values())),
            "candidate_stddev": whole(spread_of(self.candidate.values())),
            "single_run_reach": whole(self.single_run_reach),
            "single_run_tells": self.single_run_tells,
            "baseline_runs": _told(self.baseline),
            "candidate_runs": _told(self.candidate),
        }


def over_runs(
    row: MetricDelta,
    baseline: Values,
    candidate: Values,
    *,
    confidence: float,
    parts: "OverRuns | None" = None,
) -> FigureOverRuns:
    """A judged row with its runs; parts: for scores, what samples and runs each add to the error.

    Where it is undecided, n_runs_needed and n_needed say what would settle it: more runs alone, else more samples
    alone, else both.
    """
    told = FigureOverRuns(row, baseline, candidate)
    if not (baseline and candidate) or row.delta is None:
        return told
    from contexta_processor.investigate.statistics.runs import single_run_reach

    sides = list(baseline.values()), list(candidate.values())
    reach = single_run_reach(*sides, confidence=confidence)
    samples, runs = _needed(row, sides, parts, confidence)
    return FigureOverRuns(
        replace(row, n_needed=samples, n_runs_needed=runs),
        baseline,
        candidate,
        single_run_reach=None if reach is None else rounded(reach),
    )


def mean_of_runs(values: Values) -> float | None:
    """The mean over runs; None without any."""
    return rounded(sum(values.values()) / len(values)) if values else None


def spread_of(values: Collection[float]) -> float | None:
    """The standard deviation over runs (with n − 1); None below two."""
    if len(values) < 2:
        return None
    middle = sum(values) / len(values)
    squares = sum((value - middle) ** 2 for value in values)
    return rounded((squares / (len(values) - 1)) ** 0.5)


def _needed(
    row: MetricDelta,
    sides: tuple[list[float], list[float]],
    parts: "OverRuns | None",
    confidence: float,
) -> tuple[int | None, int | None]:
    """Samples, and runs a side, that would settle an undecided figure."""
    margin = row.margin or 0.0
    if row.verdict != "inconclusive" or row.withheld or not margin:
        return None, None
    if parts is None or parts.samples is None or parts.runs is None:
        return None, _runs_needed(sides, margin, confidence)
    return _needed_of_both(parts, row.n or 0, min(map(len, sides)), margin, confidence)


def _runs_needed(
    sides: tuple[list[float], list[float]], margin: float, confidence: float
) -> int | None:
    """A side of one run is taken to vary as the other."""
    from contexta_processor.investigate.statistics.runs import runs_needed

    spreads = [each for each in map(spread_of, sides) if each is not None]
    return runs_needed(spreads[0], spreads[-1], margin, confidence=confidence) if spreads else None


def _needed_of_both(
    parts: "OverRuns", samples: int, runs: int, margin: float, confidence: float
) -> tuple[int | None, int | None]:
    """More runs alone where they can settle it, else more samples alone, else both."""
    from contexta_processor.investigate.statistics.distributions import normal_quantile

    of_samples, of_runs = (parts.samples or 0.0) ** 2, (parts.runs or 0.0) ** 2
    if not of_samples + of_runs > 0.0:
        return None, None
    # With as many runs and samples as are needed, Student's reach is the normal's.
    allowed = (margin / (normal_quantile(0.5 + confidence / 2) + _POWER)) ** 2
    if of_samples < allowed:
        return None, max(runs + 1, ceil(runs * of_runs / (allowed - of_samples)))
    if of_runs < allowed:
        return max(samples + 1, ceil(samples * of_samples / (allowed - of_runs))), None
    factor = (of_samples + of_runs) / allowed
    return ceil(samples * factor), ceil(runs * factor)


def _told(values: Values) -> list[dict[str, object]]:
    return [{"run": run, "value": whole(value)} for run, value in values.items()]
