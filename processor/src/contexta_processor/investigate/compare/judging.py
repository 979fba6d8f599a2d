"""From a figure and an estimate to a verdict; the only place where a comparison decides anything."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from contexta_processor.investigate.compare.metrics import Basis, MetricDelta, rounded

if TYPE_CHECKING:
    from contexta_processor.investigate.statistics.estimates import Estimate

RATE = 0.10
"""How many of the slices called better or worse may be so by chance."""

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


def corrected(figures: Sequence[MetricDelta]) -> tuple[MetricDelta, ...]:
    """Slices as the many questions they are: a verdict stands only if it does among all of them.

    Benjamini and Hochberg over the p of every slice of the comparison; `repeats` of another row are left out.
    """
    asked = [
        index
        for index, each in enumerate(figures)
        if each.slice is not None and each.p is not None and not each.repeats
    ]
    if not asked:
        return tuple(figures)
    from contexta_processor.investigate.statistics.multiplicity import benjamini_hochberg

    answers = benjamini_hochberg([figures[index].p for index in asked], rate=RATE)
    found = list(figures)
    q_of = {index: answer.q for index, answer in zip(asked, answers, strict=True)}
    for index, each in enumerate(found):
        q = q_of.get(index, _of_its_score(each, found, q_of) if each.repeats else None)
        if q is not None:
            found[index] = _adjusted(each, float(f"{q:.6g}"))
    return tuple(found)


def _of_its_score(
    figure: MetricDelta, figures: Sequence[MetricDelta], q_of: Mapping[int, float | None]
) -> float | None:
    """The q of the row of scope sample that a reported figure repeats."""
    for index, q in q_of.items():
        other = figures[index]
        if (other.name, other.slice, other.p) == (figure.repeats, figure.slice, figure.p):
            return q
    return None


def _adjusted(figure: MetricDelta, q: float) -> MetricDelta:
    told = replace(figure, q=q)
    if figure.verdict not in ("better", "worse") or q <= RATE:
        return told
    return replace(
        told, verdict="inconclusive", withheld=f"may be chance among so many slices (q {q:.2g})"
    )
