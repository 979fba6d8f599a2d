"""One figure in two runs, and what may be said of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from contexta_processor.investigate.results import whole

Verdict = Literal["better", "worse", "same", "inconclusive", "not_comparable", "no_direction"]
VERDICTS: tuple[Verdict, ...] = (
    "worse", "better", "same", "inconclusive", "no_direction", "not_comparable",
)  # fmt: skip
"""In the order people want to hear of them."""

Basis = Literal["samples", "folds", "spread", "history", "runs"]
"""What an interval rests on: paired samples, paired folds, the reported spread, earlier runs, a side's runs."""

Range = tuple[float, float]


@dataclass(frozen=True)
class MetricDelta:
    """One figure in two runs. delta is candidate − baseline in `unit`, None unless comparable.

    scope: run, stage, operation, batch, slice, deployment or sample (scores, over the same samples).
    n: pairs for scope sample, else how many samples the smaller side was measured on; None: unknown.
    method: how the verdict came about, in words. basis: what the interval rests on, None without one.
    margin: differences up to it are "the same". n_needed: samples that would have settled it; n_runs_needed:
        runs a side, where sides are several runs.
    q: p among all slices (exploratory). withheld: why a verdict the figures would allow is not given.
    repeats: the sample score whose row (of the same slice) is the same statistic of the same samples, so that
        the figure is not counted beside it. *_range: smallest and largest value of the curve it is the end of.
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
    interval: Range | None = None
    confidence_level: float | None = None
    p: float | None = None
    q: float | None = None
    n_needed: int | None = None
    n_runs_needed: int | None = None
    margin: float | None = None
    basis: Basis | None = None
    caution: str | None = None
    withheld: str | None = None
    repeats: str | None = None
    baseline_range: Range | None = None
    candidate_range: Range | None = None

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
    def beyond_margin(self) -> bool:
        """Whether the difference is more than what counts as the same."""
        return self.delta is not None and abs(self.delta) > (self.margin or 0.0)

    @property
    def missing_side(self) -> str | None:
        """The one side that doesn't have the figure."""
        if (self.baseline is None) == (self.candidate is None):
            return None
        return "baseline" if self.baseline is None else "candidate"

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
            "interval": None if self.interval is None else [whole(end) for end in self.interval],
            "confidence_level": self.confidence_level,
            "p": self.p,
            "q": self.q,
            "n": self.n,
            "n_needed": self.n_needed,
            "margin": whole(self.margin),
            "basis": self.basis,
            "method": self.method,
            "caution": self.caution,
            "withheld": self.withheld,
            "verdict": self.verdict,
            "higher_is_better": self.higher_is_better,
            "repeats_score": self.repeats,
            "baseline_range": _ends(self.baseline_range),
            "candidate_range": _ends(self.candidate_range),
        }


def distinct(metrics: Iterable[MetricDelta]) -> list[MetricDelta]:
    """Without sample scores that a reported figure repeats: they are one figure, and are counted once."""
    told = list(metrics)
    repeated = {(each.repeats, each.slice) for each in told if each.repeats}
    return [
        each for each in told if each.scope != "sample" or (each.name, each.slice) not in repeated
    ]


def _ends(ends: Range | None) -> list[float | int | None] | None:
    return None if ends is None else [whole(end) for end in ends]


def difference(baseline: float, candidate: float) -> float:
    """candidate − baseline, to 12 significant digits: 0.78 − 0.822 is -0.042, not -0.04199999999999993."""
    return rounded(candidate - baseline)


def rounded(value: float) -> float:
    """A computed number to 12 significant digits: beyond them is the noise of floating point."""
    return float(f"{value:.12g}")
