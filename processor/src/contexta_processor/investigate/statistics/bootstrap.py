"""Intervals by resampling, for what is not a mean: percentiles, F1, AUC. Same seed, same interval.

Sources: Efron & Tibshirani 1993, chapter 13 (percentile intervals), resampling pairs; Davison & Hinkley 1997, section
3.8 (resampling groups); Hesterberg 2015 (percentile intervals expanded for how few groups there are).
"""

from collections.abc import Callable, Sequence
from math import sqrt

import numpy as np
import numpy.typing as npt

from contexta_processor.investigate.statistics.arrays import (
    Floats,
    checked_confidence,
    finite,
    pairs,
    quantile_of,
)
from contexta_processor.investigate.statistics.distributions import normal_cdf, t_quantile
from contexta_processor.investigate.statistics.estimates import Estimate
from contexta_processor.investigate.statistics.resampling import (
    Groups,
    Plan,
    resamples,
    times_drawn,
)

DRAWS = 2_000
FEW_BEYOND = 5

Statistic = Callable[..., float]


def paired_statistic(
    statistic: Statistic,
    arrays_baseline: Sequence[npt.ArrayLike],
    arrays_candidate: Sequence[npt.ArrayLike],
    *,
    groups: Groups | None = None,
    draws: int = DRAWS,
    seed: int = 0,
    confidence: float = 0.95,
) -> Estimate | None:
    """Difference of any statistic over the same samples: a paired percentile bootstrap.

    statistic: called with as many one-dimensional arrays as a side has, gives one number; NaN for a
        resample it is not defined on (an AUC of one class), which is then left out and said.
    arrays_baseline, arrays_candidate: e.g. `(truth, predicted)` of each run, all of one length, the same
        sample at the same index on both sides.
    groups: one hashable key per sample where samples share a document, user or seed, None for a sample by
        itself: whole groups are drawn. `few` below 20 groups.
    Returns None below 2 samples (or 2 groups), where the statistic is NaN on the samples as they are, or on more than
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
    plan = Plan.of(n, groups)
    if plan.count < 2:
        return None
    found = np.array(
        [
            float(statistic(*(array[row] for array in after)))
            - float(statistic(*(array[row] for array in before)))
            for row in plan.rows(draws, seed)
        ]
    )
    defined = found[np.isfinite(found)]
    if defined.size * 2 < draws:
        return None
    few = plan.too_few
    caution = few
    if defined.size < draws:
        caution = f"not defined on {draws - defined.size} of {draws} resamples"
    return _from_draws(
        delta,
        defined,
        n,
        confidence,
        f"paired bootstrap{plan.told}, {draws} draws",
        few is not None,
        caution,
        plan.groups,
    )


def percentile_difference(
    baseline: npt.ArrayLike,
    candidate: npt.ArrayLike,
    q: float,
    *,
    paired: bool,
    groups: Groups | None = None,
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
    if groups is not None and not paired:
        raise ValueError("groups: only of paired values")
    before, after = (
        pairs(baseline, candidate)
        if paired
        else (finite(baseline, "baseline"), finite(candidate, "candidate"))
    )
    n = min(before.size, after.size)
    if n < 2:
        return None
    delta = quantile_of(after, q) - quantile_of(before, q)
    plan = Plan.of(n, groups) if paired else None
    if plan and plan.groups:
        return _grouped_percentile(before, after, q, plan, delta, draws, seed, confidence)
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


def _paired_quantiles(before: Floats, after: Floats, q: float, draws: int, seed: int) -> Floats:
    """Difference of the percentile over `draws` resamples of pairs.

    Works on ranks: half the bytes of the values, and all that the percentile of a resample depends on.
    """
    rank, share = _place(before.size, q)
    sides = [
        (np.sort(side), np.argsort(np.argsort(side)).astype(np.int32)) for side in (before, after)
    ]
    found: list[Floats] = []
    for block in resamples(before.size, draws, seed):
        ends: list[Floats] = []
        for ordered, ranks in sides:
            drawn = ranks[block]
            drawn.partition((rank, rank + 1), axis=1)
            low, high = ordered[drawn[:, rank]], ordered[drawn[:, rank + 1]]
            ends.append(low + share * (high - low))
        found.append(ends[1] - ends[0])
    return np.concatenate(found)


def _grouped_percentile(
    before: Floats,
    after: Floats,
    q: float,
    plan: Plan,
    delta: float,
    draws: int,
    seed: int,
    confidence: float,
) -> Estimate | None:
    numbers, count = plan.numbers, plan.count
    if numbers is None or count < 2:
        return None
    found = np.concatenate(
        [
            _weighted_quantiles(after, q, weights) - _weighted_quantiles(before, q, weights)
            for block in resamples(count, draws, seed)
            for weights in [times_drawn(block, count)[:, numbers]]
        ]
    )
    beyond = min(_groups_beyond(side, q, numbers) for side in (before, after))
    caution = plan.too_few
    if caution is None and beyond < FEW_BEYOND:
        caution = f"values of only {beyond} groups beyond the p{100 * q:g}"
    return _from_draws(
        delta,
        found,
        plan.n,
        confidence,
        f"paired bootstrap of the p{100 * q:g}{plan.told}, {draws} draws",
        caution is not None,
        caution,
        count,
    )


def _weighted_quantiles(values: Floats, q: float, weights: npt.NDArray[np.int32]) -> Floats:
    """The percentile of each resample; weights: how often each value is in it, shape (resamples, values)."""
    order = np.argsort(values)
    ordered, upto = values[order], np.cumsum(weights[:, order], axis=1)
    position = q * (upto[:, -1] - 1)
    rank = np.floor(position)
    ends = [
        ordered[np.minimum(np.sum(upto <= each[:, None], axis=1), values.size - 1)]
        for each in (rank, rank + 1)
    ]
    return ends[0] + (position - rank) * (ends[1] - ends[0])


def _groups_beyond(values: Floats, q: float, numbers: npt.NDArray[np.intp]) -> int:
    """Of how many groups values lie on the rarer side of the percentile."""
    limit = quantile_of(values, q)
    chosen = values >= limit if q >= 0.5 else values <= limit
    return int(np.unique(numbers[chosen]).size)


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
    groups: int | None = None,
) -> Estimate:
    """The middle `confidence` of the resampled differences; p by how rarely they cross 0.

    groups: where groups were drawn, how many: the interval reaches as much further as Student's does.
    """
    tail = (1.0 - checked_confidence(confidence)) / 2
    if groups is not None:
        tail = normal_cdf(-sqrt(groups / (groups - 1)) * t_quantile(1.0 - tail, groups - 1))
    low, high = quantile_of(found, tail), quantile_of(found, 1.0 - tail)
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
