"""From an estimate, a direction and a margin to a word."""

from typing import TYPE_CHECKING, Literal

from contexta_processor.investigate.statistics.estimates import Estimate

if TYPE_CHECKING:
    import numpy.typing as npt

Verdict = Literal["better", "worse", "same", "inconclusive", "not_comparable", "no_direction"]

MARGIN = 0.02
_EXACT_ALPHA = 0.05


def judged(estimate: Estimate | None, *, higher_is_better: bool | None, margin: float) -> Verdict:
    """What the estimate shows, for changes that matter only beyond `margin` (≥ 0, the metric's unit).

    same: the whole interval is within ±margin, and samples too rare to be seen cannot take it out of there.
    better, worse: the interval excludes 0 and |delta| is beyond the margin; with few values only where an
        exact test says so too (p ≤ 0.05).
    no_direction: neither same, nor is it known which direction is better.
    inconclusive: anything else: no estimate, too wide an interval, or few values that moved alike.
    Never `not_comparable`, which is for the caller to say before anything is estimated.
    """
    if margin < 0.0:
        raise ValueError(f"margin: {margin} is negative")
    if estimate is None:
        return "inconclusive"
    if _within(estimate, margin):
        return "same"
    if higher_is_better is None:
        return "no_direction"
    if not _moved(estimate, margin):
        return "inconclusive"
    return "better" if (estimate.delta > 0.0) == higher_is_better else "worse"


def default_margin(baseline: "npt.ArrayLike", bounded01: bool | None = None) -> float:
    """The smallest change that matters where nobody said: 0.02 for what lies in [0, 1], else 2 %.

    baseline: the baseline's values, or its one figure; 2 % of the size of their mean.
    bounded01: whether all values, of both sides, lie in [0, 1]; None: by those given. A single figure
        needs to be told, since a loss of 0.4 may be 4 tomorrow.
    """
    import numpy as np

    from contexta_processor.investigate.statistics.arrays import finite

    values = finite(np.atleast_1d(np.asarray(baseline, dtype=np.float64)), "baseline")
    if bounded01 is None:
        bounded01 = values.size > 1 and bool(np.all((values >= 0.0) & (values <= 1.0)))
    if bounded01:
        return MARGIN
    return MARGIN * abs(float(np.mean(values))) if values.size else 0.0


def _within(estimate: Estimate, margin: float) -> bool:
    if estimate.few and estimate.low == estimate.high:
        return False
    inside = -margin <= estimate.low and estimate.high <= margin
    return inside and (estimate.unseen is None or estimate.unseen <= margin)


def _moved(estimate: Estimate, margin: float) -> bool:
    """Beyond the margin, and not by chance."""
    if abs(estimate.delta) <= margin or not estimate.excludes_zero:
        return False
    if not estimate.few:
        return True
    return estimate.exact and estimate.p is not None and estimate.p <= _EXACT_ALPHA
