"""One number per run: several runs a side, or how far runs usually differ.

Sources: Welch 1947 with Satterthwaite's degrees of freedom; Hampel 1974 (median absolute deviation).
"""

from dataclasses import dataclass
from math import comb, sqrt

import numpy as np
import numpy.typing as npt

from contexta_processor.investigate.statistics.arrays import (
    Floats,
    checked_confidence,
    finite,
    mean_of,
    median_of,
)
from contexta_processor.investigate.statistics.distributions import (
    normal_cdf,
    t_quantile,
    two_sided,
)
from contexta_processor.investigate.statistics.estimates import Estimate

# The median absolute deviation, and the mean one, of a normal distribution with standard deviation 1.
MAD_TO_SD = 1.482602218505602
MEAN_DEVIATION_TO_SD = 1.2533141373155003
FEWEST_FOR_BAND = 5
RECENT = 20
FEW_DIFFERENCES = 10
# A median absolute deviation knows the spread as a standard deviation of so many times fewer values does
# (its efficiency is 0.37); the figures were found by simulation, see benchmarks/coverage.py.
WORTH_OF_A_VALUE = 0.4
WORTH_OF_A_DIFFERENCE = 0.5
_ROUNDING = 1e-9
# 2 of the 70 ways to divide 4 + 4 runs are the most extreme: p = 0.03.
_ENOUGH_RUNS = 4


@dataclass(frozen=True)
class Band:
    """Where values of a metric usually are.

    center: median; spread: robust standard deviation; n: values; low, high: as far from the center as a
    further value strays about as rarely as `band` was asked for, however few values there are.
    """

    center: float
    low: float
    high: float
    spread: float
    n: int

    def holds(self, value: float) -> bool:
        """Whether a value is within the band; NaN and infinities never are."""
        return self.low <= value <= self.high


def band(values: npt.ArrayLike, *, spread: float = 3.0) -> Band | None:
    """The usual band of a metric from its earlier values: median ∓ `spread` robust standard deviations.

    With few values a spread is known badly, so the band is wider: its ends are Student's, at the chance that
    `spread` has for a normal distribution (3: 0.3 %). That is 35 spreads with 5 values, 7 with 10, 4.4 with
    20. The spread is 1.4826 × the median absolute deviation. Where more than half of the values are equal that
    is 0, and 1.2533 × the mean absolute deviation is used; where all are equal the band is that value, give
    or take rounding. Below 5 values None: nothing is usual yet.
    """
    array = finite(values)
    if array.size < FEWEST_FOR_BAND:
        return None
    center = median_of(array)
    deviation = robust_spread(array - center)
    factor = t_quantile(normal_cdf(spread), WORTH_OF_A_VALUE * (array.size - 1))
    reach = factor * deviation + _ROUNDING * abs(center)
    return Band(center, center - reach, center + reach, deviation, array.size)


def robust_spread(deviations: Floats) -> float:
    """Standard deviation of deviations around 0 as a normal distribution would have it; see `band`."""
    size = np.abs(deviations)
    return MAD_TO_SD * median_of(size) or MEAN_DEVIATION_TO_SD * float(np.mean(size))


def welch(
    baseline_values: npt.ArrayLike, candidate_values: npt.ArrayLike, *, confidence: float = 0.95
) -> Estimate | None:
    """Difference of means of several runs a side (seeds, repeats), whose spreads may differ.

    `few`: so few runs that not even the most extreme order of them would be rare: no rearrangement test
    could reach p ≤ 0.05 (3 + 3 runs cannot, 4 + 4 can). Below 2 runs on a side None.
    """
    before = finite(baseline_values, "baseline_values")
    after = finite(candidate_values, "candidate_values")
    n = min(before.size, after.size)
    if n < 2:
        return None
    few = n < _ENOUGH_RUNS and 2.0 / comb(before.size + after.size, n) > 0.05
    caution = f"only {before.size} and {after.size} runs" if few else None
    delta = mean_of(after) - mean_of(before)
    parts = [float(np.var(side, ddof=1)) / side.size for side in (before, after)]
    error = sqrt(sum(parts))
    if error == 0.0:
        alike = "the runs of each side are all alike: the interval has no width"
        return Estimate(
            delta, delta, delta, confidence, n, 0.0, None, "Welch t interval", few, alike
        )
    freedom = sum(parts) ** 2 / sum(
        part**2 / (side.size - 1) for part, side in zip(parts, (before, after), strict=True)
    )
    reach = t_quantile(0.5 + checked_confidence(confidence) / 2, freedom) * error
    p = two_sided(delta / error, freedom)
    return Estimate(
        delta,
        delta - reach,
        delta + reach,
        confidence,
        n,
        error,
        p,
        "Welch t interval",
        few,
        caution,
    )


def against_history(
    baseline: float, candidate: float, history: npt.ArrayLike, *, confidence: float = 0.95
) -> Estimate | None:
    """Difference of two single numbers beside how far one run usually is from the next. Not a test.

    history: the metric in earlier runs, oldest first, without the candidate; the last 21 are used, that is
        20 differences of neighbours. Their median size × 1.4826 is the spread of *a difference of two runs*,
        so no factor √2 comes in.
    Returns None below 5 earlier runs, or where they are all alike.
    """
    recent = finite(history, "history")[-(RECENT + 1) :]
    ends = finite([baseline, candidate], "baseline and candidate")
    if recent.size < FEWEST_FOR_BAND:
        return None
    differences = np.diff(recent)
    error = robust_spread(differences)
    if error == 0.0:
        return None
    count = differences.size
    few = count < FEW_DIFFERENCES
    freedom = max(1.0, WORTH_OF_A_DIFFERENCE * count)
    reach = t_quantile(0.5 + checked_confidence(confidence) / 2, freedom) * error
    delta = float(ends[1] - ends[0])
    return Estimate(
        delta=delta,
        low=delta - reach,
        high=delta + reach,
        confidence=confidence,
        n=count,
        se=error,
        p=None,
        method="run-to-run history, not a test",
        few=few,
        caution=f"only {recent.size} earlier runs" if few else None,
    )
