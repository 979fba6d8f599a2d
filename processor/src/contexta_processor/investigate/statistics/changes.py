"""Where in a short series did the level change?

Sources: Killick, Fearnhead & Eckley 2012 (optimal partitioning with a penalty per change), on values scaled by the noise
between neighbours; Bayley & Hammersley 1946 (how many independent values a stretch of alike ones is worth); Chakar,
Lebarbier, Lévy-Leduc & Robin 2017 (how alike neighbours are, told from differences, which changes of level hardly touch).
The penalty was found by simulation: docs/statistics.md.
"""

from dataclasses import dataclass
from itertools import pairwise
from math import inf

import numpy as np
import numpy.typing as npt

from contexta_processor.investigate.statistics.arrays import Floats, finite
from contexta_processor.investigate.statistics.history import MAD_TO_SD, MEAN_DEVIATION_TO_SD

_OUTLIER = 4.0
# By simulation: 1,000 series of 10 to 500 independent normal values show a change in 2 to 5 % of cases.
PENALTY = 14.0
# A short series hardly tells how alike its neighbours are. So it is taken together with what runs usually are like, which
# counts as much as so many values; from _LONG values on the differences alone tell as much as the residuals.
_USUALLY_ALIKE = 0.2
_USUAL_COUNTS = 20
_LONG = 50
_MOST_ALIKE = 0.8


@dataclass(frozen=True)
class Change:
    """A lasting change of level.

    index: position of the first value on the new level. before, after: medians of the stretches on either
    side. shift: after − before. strength: size of the shift in standard deviations of the noise.
    """

    index: int
    before: float
    after: float
    shift: float
    strength: float


def change_points(
    values: npt.ArrayLike, *, minimum: int = 3, penalty: float = PENALTY
) -> tuple[Change, ...]:
    """Lasting changes of level in a series of up to a few thousand values, oldest first.

    minimum: a level has to last so many values; shorter excursions are outliers, not changes.
    penalty: how much better (in squared noise) a further change has to fit; by default so much that
        a series of independent noise shows any change at most one time in twenty.
    A steady drift shows as a staircase. Where neighbours are alike, as in training curves, changes have to
    be larger to be told from wandering: see docs/statistics.md. Series below 2 · minimum values have no changes.
    Raises: ValueError for NaN or an infinity, or a minimum below 1.
    """
    series = finite(values)
    if minimum < 1:
        raise ValueError(f"minimum: {minimum} is below 1")
    if series.size < 2 * minimum:
        return ()
    smooth = _without_outliers(series)
    noise = _noise(smooth)
    if noise == 0.0:
        return ()
    scaled = (smooth - np.median(smooth)) / noise
    starts = _partition(scaled, minimum, penalty)
    if starts:  # looked at again: is that more than wandering?
        starts = _partition(scaled / _wandering(smooth, starts), minimum, penalty)
    return tuple(_changes(series, starts, noise))


def _noise(series: Floats) -> float:
    """Standard deviation between neighbours; robust, so that changes of level do not count as noise."""
    steps = np.abs(np.diff(series))
    robust = MAD_TO_SD * float(np.median(steps)) or MEAN_DEVIATION_TO_SD * float(np.mean(steps))
    return robust / 2.0**0.5


def _wandering(series: Floats, starts: list[int]) -> float:
    """How much more a mean of neighbours varies than that of independent values, as a factor ≥ 1.

    With a correlation ρ of neighbours, in units of the noise between them: √(1 + ρ) / (1 − ρ).
    """
    n = series.size
    weight = min(1.0, n / _LONG) / 2.0
    told = (1.0 - weight) * _alike_in_levels(series, starts) + weight * _alike_in_steps(series)
    alike = (n * told + _USUAL_COUNTS * _USUALLY_ALIKE) / (n + _USUAL_COUNTS)
    alike = min(_MOST_ALIKE, max(0.0, alike))
    return (1.0 + alike) ** 0.5 / (1.0 - alike)


def _alike_in_levels(series: Floats, starts: list[int]) -> float:
    """Correlation of neighbours around the levels that were found; corrected for what fitting a level takes from it."""
    edges = [0, *starts, series.size]
    stretches = [series[a:b] - np.mean(series[a:b]) for a, b in pairwise(edges)]
    squares = sum(float(np.sum(part**2)) for part in stretches)
    if squares == 0.0:
        return 0.0
    n, levels = series.size, len(stretches)
    products = sum(float(np.sum(part[1:] * part[:-1])) for part in stretches)
    found = products / squares * n / (n - levels)
    return found + levels * (1.0 + 3.0 * max(found, 0.0)) / n


def _alike_in_steps(series: Floats) -> float:
    """The same, from how much more values two apart differ than neighbours."""
    one = float(np.median(np.abs(np.diff(series))))
    if one == 0.0:
        return 0.0
    two = float(np.median(np.abs(series[2:] - series[:-2])))
    return min(1.0, (two / one) ** 2 - 1.0)


def _without_outliers(series: Floats) -> Floats:
    """Values far from the median of the five around them become that median (Hampel's filter)."""
    padded = np.pad(series, 2, mode="reflect") if series.size > 2 else series
    if padded.size < 5:
        return series
    local = np.median(np.lib.stride_tricks.sliding_window_view(padded, 5), axis=1)
    far = np.abs(series - local) > _OUTLIER * _noise(series)
    return np.where(far, local, series)


def _partition(scaled: Floats, minimum: int, price: float) -> list[int]:
    """Starts of the levels after the first: least squared distance to level means plus price per change."""
    n = scaled.size
    sums = np.concatenate([[0.0], np.cumsum(scaled)])
    squares = np.concatenate([[0.0], np.cumsum(scaled**2)])
    best = np.full(n + 1, inf)
    best[0] = -price
    last = np.zeros(n + 1, dtype=np.intp)
    for end in range(minimum, n + 1):
        begin = np.arange(0, end - minimum + 1)
        total = sums[end] - sums[begin]
        cost = best[begin] + squares[end] - squares[begin] - total**2 / (end - begin) + price
        last[end] = int(np.argmin(cost))
        best[end] = float(cost[last[end]])
    starts: list[int] = []
    position = int(last[n])
    while position > 0:
        starts.append(position)
        position = int(last[position])
    return starts[::-1]


def _changes(series: Floats, starts: list[int], noise: float) -> list[Change]:
    edges = [0, *starts, series.size]
    levels = [float(np.median(series[a:b])) for a, b in pairwise(edges)]
    return [
        Change(start, before, after, after - before, abs(after - before) / noise)
        for start, (before, after) in zip(starts, pairwise(levels), strict=True)
    ]
