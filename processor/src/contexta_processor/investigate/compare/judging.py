"""From a figure and an estimate to a verdict; the only place where a comparison decides anything."""

from dataclasses import replace
from typing import TYPE_CHECKING

from contexta_processor.investigate.compare.metrics import Basis, MetricDelta, rounded

if TYPE_CHECKING:
    from contexta_processor.investigate.statistics.estimates import Estimate

NO_INTERVAL = "no uncertainty available"


def concluded(
    figure: MetricDelta, estimate: "Estimate | None", *, basis: Basis, margin: float
) -> MetricDelta:
    """The figure with its interval and verdict; None: no estimate was possible.

    Without an interval equal figures are the same and any other difference is undecided.
    """
    if figure.delta is None:
        return figure
    if estimate is None:
        return _without_interval(figure, margin)
    from contexta_processor.investigate.statistics.sample_size import n_needed
    from contexta_processor.investigate.statistics.verdicts import judged

    verdict = judged(estimate, higher_is_better=figure.higher_is_better, margin=margin)
    # What history says of one number is no matter of how many samples were taken.
    settling = verdict == "inconclusive" and basis in ("samples", "spread")
    return replace(
        figure,
        verdict=verdict,
        interval=(rounded(estimate.low), rounded(estimate.high)),
        confidence_level=estimate.confidence,
        p=None if estimate.p is None else float(f"{estimate.p:.6g}"),
        n=estimate.n if basis in ("samples", "folds") else figure.n,
        n_needed=n_needed(estimate, margin) if settling else None,
        margin=rounded(margin),
        basis=basis,
        caution=estimate.caution,
        method=f"{estimate.method}; {figure.method}" if figure.method else estimate.method,
    )


def _without_interval(figure: MetricDelta, margin: float) -> MetricDelta:
    if figure.delta == 0:
        verdict = "same"
    else:
        verdict = "inconclusive" if figure.higher_is_better is not None else "no_direction"
    method = f"{figure.method}; {NO_INTERVAL}" if figure.method else NO_INTERVAL
    return replace(figure, verdict=verdict, margin=rounded(margin), method=method)


def withheld(figure: MetricDelta, why: str) -> MetricDelta:
    """The figure without the verdict its numbers would allow: what was measured cannot carry it."""
    if figure.verdict not in ("better", "worse", "same"):
        return figure
    return replace(figure, verdict="inconclusive", withheld=why, n_needed=None)
