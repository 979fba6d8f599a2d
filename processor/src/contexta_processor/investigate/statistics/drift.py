"""Is what a model sees or says now still distributed as in the reference?

Sources: Siddiqi 2006 (population stability index) with Yurdakul 2018 (its distribution without drift);
Smirnov 1939, Hodges 1958 (exact two-sample p), Stephens 1970 (the approximation for many values).
"""

from dataclasses import dataclass
from math import exp, sqrt

import numpy as np
import numpy.typing as npt

from contexta_processor.investigate.statistics.arrays import Floats, finite
from contexta_processor.investigate.statistics.distributions import chi_square_tail
from contexta_processor.investigate.statistics.estimates import Estimate
from contexta_processor.investigate.statistics.history import welch

BINS = 10
_EXACT_UP_TO = 40_000


@dataclass(frozen=True)
class Distance:
    """How far two samples' distributions are apart: distance, and p of "the same distribution"."""

    distance: float
    p: float
    n_reference: int
    n_current: int


@dataclass(frozen=True)
class Shift:
    """How far the mean moved: in the metric's unit, and in standard deviations of the reference."""

    estimate: Estimate
    standardised: float | None


def standardised_shift(
    reference: npt.ArrayLike, current: npt.ArrayLike, *, confidence: float = 0.95
) -> Shift | None:
    """Mean of current − reference with Welch's interval, and the same in the reference's standard deviations.

    `standardised` is None where all reference values are equal. Below 2 values on a side None.
    """
    before, after = finite(reference, "reference"), finite(current, "current")
    estimate = welch(before, after, confidence=confidence)
    if estimate is None:
        return None
    scale = float(np.std(before, ddof=1))
    return Shift(estimate, estimate.delta / scale if scale > 0.0 else None)


def population_stability_index(
    reference: npt.ArrayLike, current: npt.ArrayLike, *, bins: int = BINS
) -> Distance | None:
    """Population stability index over quantile bins of the reference.

    By custom 0.1 is a small change and 0.25 a large one; but without any drift the index is about
    (bins − 1) · (1/n + 1/m), above 0.1 for samples below 200. So go by p, from its distribution without
    drift (chi-square): good from some 10 values per bin. An empty bin counts as half a value.
    None where there are fewer than 2 · bins values on a side, or the reference has fewer than 2 bins.
    """
    before, after = finite(reference, "reference"), finite(current, "current")
    if min(before.size, after.size) < 2 * bins:
        return None
    inner = np.unique(np.quantile(before, np.arange(1, bins) / bins))
    counts = [
        np.bincount(np.searchsorted(inner, side), minlength=inner.size + 1)
        for side in (before, after)
    ]
    if np.count_nonzero(counts[0] + counts[1]) < 2:
        return None
    known = (counts[0] + counts[1]) > 0
    shares = [
        np.maximum(count[known], 0.5) / side.size
        for count, side in zip(counts, (before, after), strict=True)
    ]
    index = float(np.sum((shares[1] - shares[0]) * np.log(shares[1] / shares[0])))
    scale = before.size * after.size / (before.size + after.size)
    p = chi_square_tail(index * scale, int(np.count_nonzero(known)) - 1)
    return Distance(index, p, before.size, after.size)


def ks_distance(reference: npt.ArrayLike, current: npt.ArrayLike) -> Distance | None:
    """Largest distance between the two cumulative distributions (Kolmogorov–Smirnov), 0 to 1.

    p is exact up to 200 × 200 values (too large where values repeat), else approximate. None for an
    empty side.
    """
    before, after = np.sort(finite(reference, "reference")), np.sort(finite(current, "current"))
    n, m = before.size, after.size
    if min(n, m) == 0:
        return None
    places = np.concatenate([before, after])
    steps = np.abs(
        np.searchsorted(before, places, side="right") * m
        - np.searchsorted(after, places, side="right") * n
    )
    largest = int(np.max(steps))
    p = (
        _exact_p(n, m, largest)
        if n * m <= _EXACT_UP_TO
        else _approximate_p(n, m, largest / (n * m))
    )
    return Distance(largest / (n * m), p, n, m)


def _exact_p(n: int, m: int, largest: int) -> float:
    """Share of all orders of n + m values whose distance is at least `largest` / (n · m).

    Walks every order at once: `inside[j]` is the probability that a walk at (i, j) never strayed so far.
    """
    columns = np.arange(m + 1)
    inside: Floats = np.zeros(m + 1)
    for i in range(n + 1):
        open_ = np.abs(i * m - columns * n) < largest
        row = np.zeros(m + 1)
        left = 0.0
        for j in range(m + 1):
            if not open_[j]:
                left = 0.0
                continue
            left = (inside[j] * i + left * j) / (i + j) if i + j else 1.0
            row[j] = left
        inside = row
    return min(1.0, max(0.0, 1.0 - float(inside[m])))


def _approximate_p(n: int, m: int, distance: float) -> float:
    size = sqrt(n * m / (n + m))
    reach = (size + 0.12 + 0.11 / size) * distance
    if reach < 0.2:
        return 1.0
    total = sum((-1) ** (k - 1) * exp(-2.0 * (k * reach) ** 2) for k in range(1, 101))
    return min(1.0, max(0.0, 2.0 * total))
