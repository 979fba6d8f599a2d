"""Intervals by resampling, for what is not a mean: percentiles, F1, AUC. Same seed, same interval.

Sources: Efron & Tibshirani 1993, chapter 13 (percentile intervals), resampling pairs.
"""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

from contexta_processor.investigate.statistics.arrays import (
    Floats,
    checked_confidence,
    finite,
    pairs,
)
from contexta_processor.investigate.statistics.estimates import Estimate

DRAWS = 2_000
FEW_PAIRS = 30
FEW_BEYOND = 5
# Indices drawn at a time: what fits a processor's cache is twice as fast as all at once.
_BLOCK = 250_000

Statistic = Callable[..., float]


def paired_statistic(
    statistic: Statistic,
    arrays_baseline: Sequence[npt.ArrayLike],
    arrays_candidate: Sequence[npt.ArrayLike],
    *,
    draws: int = DRAWS,
    seed: int = 0,
    confidence: float = 0.95,
) -> Estimate | None:
    """Difference of any statistic over the same samples: a paired percentile bootstrap.

    statistic: called with as many one-dimensional arrays as a side has, gives one number; NaN for a
        resample it is not defined on (an AUC of one class), which is then left out and said.
    arrays_baseline, arrays_candidate: e.g. `(truth, predicted)` of each run, all of one length, the same
        sample at the same index on both sides.
    Returns None below 2 samples, where the statistic is NaN on the samples as they are, or on more than
    half of the resamples.
    """
    before = [finite(array, "arrays_baseline") for array in arrays_baseline]
    after = [finite(array, "arrays_candidate") for array in arrays_candidate]
    lengths = {array.size for array in (*before, *after)}
    if len(lengths) != 1:
        raise ValueError(f"paired_statistic: arrays of different lengths {sorted(lengths)}")
    (n,) = lengths
    delta = float(statistic(*after)) - float(statistic(*before)) if n >= 2 else float("nan")
    if not np.isfinite(delta):
        return None
    found = np.array(
        [
            float(statistic(*(array[row] for array in after)))
            - float(statistic(*(array[row] for array in before)))
            for block in _resamples(n, draws, seed)
            for row in block
        ]
    )
    defined = found[np.isfinite(found)]
    if defined.size * 2 < draws:
        return None
    caution = f"only {n} pairs" if n < FEW_PAIRS else None
    if defined.size < draws:
        caution = f"not defined on {draws - defined.size} of {draws} resamples"
    return _from_draws(
        delta, defined, n, confidence, f"paired bootstrap, {draws} draws", n < FEW_PAIRS, caution
    )


def percentile_difference(
    baseline: npt.ArrayLike,
    candidate: npt.ArrayLike,
    q: float,
    *,
    paired: bool,
    draws: int = DRAWS,
    seed: int = 0,
    confidence: float = 0.95,
) -> Estimate | None:
    """Difference of a percentile (of durations, say): percentile bootstrap.

    q: 0 to 1, 0.95 for the p95; interpolated linearly between values, as numpy does.
    paired: whether the same index is the same thing on both sides; else each side is resampled by itself,
        and the sides may differ in number.
    `few`: fewer than 5 values lie beyond the percentile on a side (a p95 needs 100 values).
    Returns None below 2 values on a side.
    """
    if not 0.0 <= q <= 1.0:
        raise ValueError(f"q: {q} is not between 0 and 1")
    before, after = (
        pairs(baseline, candidate)
        if paired
        else (finite(baseline, "baseline"), finite(candidate, "candidate"))
    )
    n = min(before.size, after.size)
    if n < 2:
        return None
    delta = float(np.quantile(after, q) - np.quantile(before, q))
    if paired:
        found = _paired_quantiles(before, after, q, draws, seed)
    else:
        found = _resampled_quantile(after, q, draws, seed) - _resampled_quantile(
            before, q, draws, seed + 1
        )
    beyond = n * min(q, 1.0 - q)
    few = round(beyond, 9) < FEW_BEYOND
    return _from_draws(
        delta,
        found,
        n,
        confidence,
        f"{'paired ' if paired else ''}bootstrap of the p{100 * q:g}, {draws} draws",
        few,
        f"only {n} values for a p{100 * q:g}" if few else None,
    )


def _resamples(n: int, draws: int, seed: int) -> Iterator[npt.NDArray[np.int32]]:
    """Blocks of rows of n indices below n, `draws` rows in all."""
    rng = np.random.default_rng(seed)
    rows = max(1, _BLOCK // n)
    for start in range(0, draws, rows):
        yield rng.integers(0, n, size=(min(rows, draws - start), n), dtype=np.int32)


def _paired_quantiles(before: Floats, after: Floats, q: float, draws: int, seed: int) -> Floats:
    """Difference of the percentile over `draws` resamples of pairs.

    Works on ranks: half the bytes of the values, and all that the percentile of a resample depends on.
    """
    rank, share = _place(before.size, q)
    sides = [
        (np.sort(side), np.argsort(np.argsort(side)).astype(np.int32)) for side in (before, after)
    ]
    found: list[Floats] = []
    for block in _resamples(before.size, draws, seed):
        ends: list[Floats] = []
        for ordered, ranks in sides:
            drawn = ranks[block]
            drawn.partition((rank, rank + 1), axis=1)
            low, high = ordered[drawn[:, rank]], ordered[drawn[:, rank + 1]]
            ends.append(low + share * (high - low))
        found.append(ends[1] - ends[0])
    return np.concatenate(found)


def _place(n: int, q: float) -> tuple[int, float]:
    """Where a percentile of n sorted values lies: after which one, and how far towards the next."""
    position = q * (n - 1)
    rank = min(int(position), n - 2)
    return rank, position - rank


def _resampled_quantile(values: Floats, q: float, draws: int, seed: int) -> Floats:
    """The percentile of `draws` resamples, without drawing them.

    The k-th smallest of n uniform draws is Beta(k, n − k + 1), and the next one divides what is left above
    it as Beta(1, n − k): two random numbers per resample instead of n.
    """
    rng = np.random.default_rng(seed)
    ordered, n = np.sort(values), values.size
    rank, share = _place(n, q)
    first = rng.beta(rank + 1, n - rank, size=draws)
    second = first + (1.0 - first) * rng.beta(1, n - rank - 1, size=draws)
    low = ordered[np.minimum((first * n).astype(np.intp), n - 1)]
    high = ordered[np.minimum((second * n).astype(np.intp), n - 1)]
    return low + share * (high - low)


def _from_draws(
    delta: float,
    found: Floats,
    n: int,
    confidence: float,
    method: str,
    few: bool,
    caution: str | None,
) -> Estimate:
    """The middle `confidence` of the resampled differences; p by how rarely they cross 0."""
    tail = (1.0 - checked_confidence(confidence)) / 2
    low, high = (float(end) for end in np.quantile(found, [tail, 1.0 - tail]))
    crossing = min(np.count_nonzero(found <= 0.0), np.count_nonzero(found >= 0.0))
    return Estimate(
        delta=delta,
        low=min(low, delta),
        high=max(high, delta),
        confidence=confidence,
        n=n,
        se=float(np.std(found, ddof=1)),
        p=min(1.0, 2.0 * (int(crossing) + 1) / (found.size + 1)),
        method=method,
        few=few,
        caution=caution,
    )
