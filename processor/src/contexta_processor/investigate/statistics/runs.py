"""Several runs a side, such as the seeds of a training: did the runs differ, or only their seeds?

Sources: Welch 1947; Janssen 1997 (rearranging Welch's statistic: exact where only chance divides the runs, and
right for many runs whose spreads differ); Crawford & Howell 1998 (one run against several); Zou & Donner 2008
(MOVER: intervals of independent parts put together).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from math import comb, inf, sqrt

import numpy as np
import numpy.typing as npt

from contexta_processor.investigate.statistics.arrays import Floats, finite, mean_of
from contexta_processor.investigate.statistics.distributions import t_quantile, two_sided
from contexta_processor.investigate.statistics.estimates import Estimate
from contexta_processor.investigate.statistics.history import welch
from contexta_processor.investigate.statistics.paired import estimate_paired

FEW_RUNS = 10
MOST_REARRANGEMENTS = 13_000
"""All ways to divide 8 + 8 runs are 12,870; beyond them Welch's p is good enough."""

_POWER = 0.80
_MOST_RUNS = 10**6


@dataclass(frozen=True)
class OverRuns:
    """A mean over samples and runs. estimate: of the difference; samples, runs: what either part adds to its error,
    as standard errors (None where a part has none)."""

    estimate: Estimate
    samples: float | None
    runs: float | None


def runs_difference(
    baseline_values: npt.ArrayLike, candidate_values: npt.ArrayLike, *, confidence: float = 0.95
) -> Estimate | None:
    """Difference of means of one number a run, candidate minus baseline.

    Welch's interval. Below 10 runs a side p is exact: the share of all ways to divide the runs that are at least
    as far apart, by Welch's statistic; 3 + 3 runs have too few of them for any to be rare. With one run on a side its
    spread is taken to be the other side's, and there is no test below 10 runs there. None with one run on both.
    """
    before = finite(baseline_values, "baseline_values")
    after = finite(candidate_values, "candidate_values")
    if min(before.size, after.size) == 1:
        return _one_against_several(before, after, confidence)
    plain = welch(before, after, confidence=confidence)
    ways = comb(before.size + after.size, before.size)
    if plain is None or plain.n >= FEW_RUNS or ways > MOST_REARRANGEMENTS:
        return plain
    return replace(
        plain,
        p=_rearranged(before, after),
        method=f"{plain.method}, exact p of all {ways:,} ways to divide the runs",
        few=True,
        caution=plain.caution or f"only {before.size} and {after.size} runs",
        exact=True,
    )


def samples_over_runs(
    baseline: Floats,
    candidate: Floats,
    *,
    groups: Sequence[object] | None = None,
    confidence: float = 0.95,
) -> OverRuns | None:
    """Mean difference of scores that every run of both sides gave to the same samples.

    baseline, candidate: shape (runs, samples), all finite. groups: as for `estimate_paired`. The interval
    reckons with both: other samples (the means of either side, paired by sample) and other runs (whose means are
    `runs_difference`'s); with one run on both sides with samples alone. p is the larger of the parts' and their sum's.
    """
    parts = (
        estimate_paired(baseline.mean(axis=0), candidate.mean(axis=0), groups=groups, confidence=confidence),
        runs_difference(baseline.mean(axis=1), candidate.mean(axis=1), confidence=confidence),
    )  # fmt: skip
    samples, runs = parts
    if samples is None or runs is None:
        return None if samples is None else OverRuns(samples, samples.se, None)
    delta = samples.delta
    error = sqrt((samples.se or 0.0) ** 2 + (runs.se or 0.0) ** 2)
    tested = [part.p for part in parts if part and part.p is not None]
    few = [part for part in parts if part and part.few]
    both = Estimate(
        delta=delta,
        low=delta - _together(samples.delta - samples.low, runs.delta - runs.low),
        high=delta + _together(samples.high - samples.delta, runs.high - runs.delta),
        confidence=confidence,
        n=samples.n,
        se=error,
        p=_p_of_both(samples, runs, error, baseline, candidate, tested),
        method=f"{samples.method}; with the spread between runs ({runs.method})",
        few=bool(few),
        caution="; ".join(part.caution for part in few if part.caution) or None,
        exact=bool(few) and all(part.exact for part in few),
    )
    return OverRuns(both, samples.se, runs.se)


def runs_needed(
    baseline_spread: float, candidate_spread: float, margin: float, *, confidence: float = 0.95
) -> int | None:
    """Runs a side at which an unchanged candidate is shown to be within `margin` four times in five.

    spreads: standard deviations of a side's runs. None without any spread, without a margin, or beyond a million.
    """
    variances = baseline_spread**2, candidate_spread**2
    if not sum(variances) > 0.0 or margin <= 0.0:
        return None
    share = sum(variances) ** 2 / sum(each**2 for each in variances)

    def enough(runs: int) -> bool:
        freedom = share * (runs - 1)
        reach = t_quantile(0.5 + confidence / 2, freedom) + t_quantile(_POWER, freedom)
        return reach * sqrt(sum(variances) / runs) <= margin

    high = 2
    while not enough(high):
        high *= 2
        if high > _MOST_RUNS:
            return None
    low = max(2, high // 2)
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle + 1, high)
    return low


def single_run_reach(
    baseline_values: npt.ArrayLike, candidate_values: npt.ArrayLike, *, confidence: float = 0.95
) -> float | None:
    """How far one run of either side may lie from one of the other by chance: less than that, two single runs
    cannot tell. None where no side has two runs, or none has any spread."""
    sides = [finite(baseline_values), finite(candidate_values)]
    known = [(float(np.var(side, ddof=1)), side.size - 1) for side in sides if side.size > 1]
    if not known or not sum(variance for variance, _ in known) > 0.0:
        return None
    variance = 2.0 * sum(each for each, _ in known) / len(known)
    freedom = sum(each for each, _ in known) ** 2 / sum(each**2 / df for each, df in known)
    return t_quantile(0.5 + confidence / 2, freedom) * sqrt(variance)


def _one_against_several(before: Floats, after: Floats, confidence: float) -> Estimate | None:
    several = before if before.size > 1 else after
    if several.size < 2:
        return None
    delta = mean_of(after) - mean_of(before)
    error = float(np.std(several, ddof=1)) * sqrt(1.0 + 1.0 / several.size)
    few = several.size < FEW_RUNS
    reach = t_quantile(0.5 + confidence / 2, several.size - 1) * error
    return Estimate(
        delta=delta,
        low=delta - reach,
        high=delta + reach,
        confidence=confidence,
        n=1,
        se=error,
        p=two_sided(delta / error, several.size - 1) if error > 0.0 else None,
        method="one run against several, as if it varied as they do",
        few=few,
        caution=f"one run against {several.size}" if few else None,
    )


def _rearranged(before: Floats, after: Floats) -> float:
    """Share of all ways to divide the runs whose statistic is at least the one seen, either way."""
    values = np.concatenate([before, after])
    values = values - mean_of(values)  # digits are kept for what differs
    ways = np.array(list(combinations(range(values.size), before.size)), dtype=np.intp)
    inside = np.zeros((len(ways), values.size), dtype=np.bool_)
    inside[np.arange(len(ways))[:, None], ways] = True
    statistics = _distances(values, inside)
    seen = float(statistics[0])  # the first way is the one that was seen
    return (
        float(np.mean(statistics >= seen * (1.0 - 1e-9)))
        if seen < inf
        else _share_of_infinite(statistics)
    )


def _share_of_infinite(statistics: Floats) -> float:
    return float(np.mean(np.isinf(statistics)))


def _distances(values: Floats, inside: npt.NDArray[np.bool_]) -> Floats:
    """|Welch's t| of each division; infinite where the sides differ and neither varies, 0 where nothing does."""
    parts: list[Floats] = []
    means: list[Floats] = []
    for side in (inside, ~inside):
        count = int(side[0].sum())
        mean = (side @ values) / count
        squares = np.where(side, (values[None, :] - mean[:, None]) ** 2, 0.0).sum(axis=1)
        means.append(mean)
        parts.append(squares / (count - 1) / count)
    apart = np.abs(means[1] - means[0])
    scale = float(np.max(np.abs(values))) or 1.0
    error = np.sqrt(parts[0] + parts[1])
    no_spread = error <= 1e-12 * scale
    with np.errstate(divide="ignore", invalid="ignore"):
        found = apart / error
    return np.where(no_spread, np.where(apart > 1e-12 * scale, inf, 0.0), found)


def _together(*reaches: float) -> float:
    return sqrt(sum(reach * reach for reach in reaches))


def _p_of_both(
    samples: Estimate,
    runs: Estimate,
    error: float,
    baseline: Floats,
    candidate: Floats,
    tested: Sequence[float],
) -> float | None:
    """Student's for the two errors together (Satterthwaite's degrees of freedom), or a part's where that is larger."""
    if error == 0.0:
        return max(tested, default=None)
    counted = (
        (samples.se or 0.0, samples.n - 1),
        (runs.se or 0.0, max(1, len(baseline) + len(candidate) - 2)),
    )
    freedom = error**4 / sum(part**4 / count for part, count in counted)
    return max((two_sided(samples.delta / error, freedom), *tested))
