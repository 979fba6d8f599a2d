"""The same samples scored by two runs: how far did they move?

Source of the methods: Bonett & Price 2012 (paired 0/1), McNemar 1947 in its exact form, Student 1908,
Hall 1992 (skewed scores), Hanley & Lippman-Hand 1983 (what n samples cannot have seen), Bell & McCaffrey 2002 with
Imbens & Kolesár 2016 (groups).
"""

from collections.abc import Sequence
from dataclasses import replace
from math import ceil, sqrt

import numpy as np
import numpy.typing as npt

from contexta_processor.investigate.statistics.arrays import (
    Floats,
    checked_confidence,
    mean_of,
    pairs,
)
from contexta_processor.investigate.statistics.clusters import group_numbers, grouped_error
from contexta_processor.investigate.statistics.distributions import (
    normal_quantile,
    sign_test,
    t_quantile,
    two_sided,
)
from contexta_processor.investigate.statistics.estimates import Estimate
from contexta_processor.investigate.statistics.skewness import bent, skewness, straightened

FEW_PAIRS = 30
FEW_MOVED = 10
FEW_GROUPS = 10
CLEARLY_SKEWED = 0.5
RULE_OF_THREE = 3.0
"""What no sample of n shows may still be so for 3 / n of all, at 95 %."""


def estimate_paired(
    baseline: npt.ArrayLike,
    candidate: npt.ArrayLike,
    *,
    groups: Sequence[object] | npt.NDArray[np.generic] | None = None,
    confidence: float = 0.95,
    seed: int = 0,
) -> Estimate | None:
    """Mean of candidate − baseline over the same samples, by the method the data ask for.

    groups: one hashable key per pair where samples share a document, user or seed; None in it stands for
        a group of its own. If any group has two pairs, `paired_clustered`; else where every value is 0
        or 1, `paired_binary`; else `paired_scores`.
    Returns None below 2 pairs (or 2 groups): no interval exists.
    """
    before, after = pairs(baseline, candidate)
    if groups is not None:
        _, count = group_numbers(groups, before.size)
        if count < before.size:
            return paired_clustered(before, after, groups, confidence=confidence)
    if _is_binary(before) and _is_binary(after):
        return paired_binary(before, after, confidence=confidence)
    return paired_scores(before, after, confidence=confidence, seed=seed)


def paired_binary(
    baseline: npt.ArrayLike, candidate: npt.ArrayLike, *, confidence: float = 0.95
) -> Estimate | None:
    """Difference of two proportions over the same samples; every value is 0 or 1.

    The interval is Bonett and Price's: Wald's with one imagined pair added to each kind of discordance, so
    that it has a width even where nothing changed. p is McNemar's, exact. Below 2 pairs None.
    Raises: ValueError if a value is neither 0 nor 1.
    """
    before, after = pairs(baseline, candidate)
    if not (_is_binary(before) and _is_binary(after)):
        raise ValueError("paired_binary: a value is neither 0 nor 1")
    n = before.size
    if n < 2:
        return None
    gained = int(np.count_nonzero(after > before))
    lost = int(np.count_nonzero(after < before))
    up, down = (gained + 1) / (n + 2), (lost + 1) / (n + 2)
    error = sqrt((up + down - (up - down) ** 2) / (n + 2))
    reach = normal_quantile(0.5 + checked_confidence(confidence) / 2) * error
    delta = (gained - lost) / n
    return Estimate(
        delta=delta,
        low=max(-1.0, min(delta, up - down - reach)),
        high=min(1.0, max(delta, up - down + reach)),
        confidence=confidence,
        n=n,
        se=error,
        p=sign_test(gained, lost),
        method="Bonett–Price interval, exact McNemar p",
        few=n < FEW_PAIRS,
        caution=f"only {n} pairs: wider than need be" if n < FEW_PAIRS else None,
        exact=True,
    )


def paired_scores(
    baseline: npt.ArrayLike,
    candidate: npt.ArrayLike,
    *,
    confidence: float = 0.95,
    seed: int = 0,
) -> Estimate | None:
    """Mean difference of two scores over the same samples.

    Student's interval and test of the differences; where they are clearly skewed, each end is the wider of
    Student's and Hall's, which is adjusted for skewness, and p the larger. `few` below 30 pairs, or where
    fewer than 10 moved at all; p is then that of the exact sign test, if most pairs moved as their mean did.
    Scores in [0, 1]: up to 3 / n of all samples may be unlike any that was seen, and move the other way by as much as
    scores differ. A smaller difference than that is `few`, with `n_least`, whatever its p.
    Below 2 pairs None.
    seed: for a method that draws at random; none does today, so that it changes nothing.
    """
    before, after = pairs(baseline, candidate)
    difference = after - before
    n = difference.size
    if n < 2:
        return None
    delta = mean_of(difference)
    deviations = difference - delta
    error = sqrt(float(deviations @ deviations) / (n - 1) / n)
    if error == 0.0 or _same_everywhere(difference):
        return _without_spread(delta, n, n, confidence)
    reach = t_quantile(0.5 + checked_confidence(confidence) / 2, n - 1)
    low, high = delta - reach * error, delta + reach * error
    p = two_sided(delta / error, n - 1)
    skew = skewness(difference)
    adjusted = abs(skew) > CLEARLY_SKEWED
    if adjusted:
        # The hull of both: a few extreme values make symmetric differences look skewed.
        low = min(low, delta - error * bent(reach, skew, n))
        high = max(high, delta - error * bent(-reach, skew, n))
        p = max(p, two_sided(straightened(delta / error, skew, n), n - 1))
    method = "paired t interval, adjusted for skewness" if adjusted else "paired t interval"
    plain = Estimate(delta, low, high, confidence, n, error, p, method)
    gained, lost = int(np.count_nonzero(difference > 0)), int(np.count_nonzero(difference < 0))
    caution = _too_few(n, gained + lost)
    found = plain if caution is None else _few_scores(plain, gained, lost, caution)
    return _undone_by_the_unseen(found, before, after)


def paired_clustered(
    baseline: npt.ArrayLike,
    candidate: npt.ArrayLike,
    groups: Sequence[object] | npt.NDArray[np.generic],
    *,
    confidence: float = 0.95,
) -> Estimate | None:
    """Mean difference where samples of one group (a document, a user, a seed) are alike.

    The standard error counts groups, not samples; degrees of freedom are the number of groups minus 1,
    fewer where groups differ in size. Values may be scores or 0/1. `few` below 10 groups, or where samples
    of fewer than 10 groups moved at all. Below 2 groups None.
    groups: one hashable key per pair; None stands for a group of its own.
    """
    before, after = pairs(baseline, candidate)
    numbers, count = group_numbers(groups, before.size)
    if count < 2:
        return None
    difference = after - before
    delta = mean_of(difference)
    error, freedom = grouped_error(difference - delta, numbers, count)
    means = np.bincount(numbers, weights=difference) / np.bincount(numbers)
    if error == 0.0 or _same_everywhere(means, float(np.max(np.abs(difference)))):
        return _without_spread(delta, difference.size, count, confidence)
    caution = _too_few_groups(count, int(np.count_nonzero(np.bincount(numbers, difference != 0.0))))
    reach = t_quantile(0.5 + checked_confidence(confidence) / 2, freedom) * error
    return Estimate(
        delta=delta,
        low=delta - reach,
        high=delta + reach,
        confidence=confidence,
        n=difference.size,
        se=error,
        p=two_sided(delta / error, freedom),
        method=f"cluster-robust t interval over {count} groups",
        few=caution is not None,
        caution=caution,
    )


def _is_binary(values: Floats) -> bool:
    return bool(np.all((values == 0.0) | (values == 1.0)))


def _same_everywhere(values: Floats, size: float | None = None) -> bool:
    """Equal but for rounding, which goes by the largest of them, or `size`."""
    largest = float(np.max(np.abs(values))) if size is None else size
    return float(np.ptp(values)) <= 1e-12 * largest


def _too_few(n: int, moved: int) -> str | None:
    if n < FEW_PAIRS:
        return f"only {n} pairs"
    if moved < FEW_MOVED:
        return f"only {moved} of {n} pairs moved at all"
    return None


def _too_few_groups(count: int, moved: int) -> str | None:
    if count < FEW_GROUPS:
        return f"only {count} groups"
    if moved < FEW_GROUPS:
        return f"only {moved} of {count} groups moved at all"
    return None


def _few_scores(plain: Estimate, gained: int, lost: int, caution: str) -> Estimate:
    """With few pairs the signs are what can be tested exactly, where they agree with the mean."""
    if (gained - lost) * plain.delta <= 0.0:
        return replace(plain, few=True, caution=caution)
    return replace(
        plain,
        p=sign_test(gained, lost),
        method=f"{plain.method}, exact sign test p",
        few=True,
        caution=caution,
        exact=True,
    )


def _undone_by_the_unseen(found: Estimate, before: Floats, after: Floats) -> Estimate:
    """Scores in [0, 1]: what samples too rare to be seen may add, and whether they could undo that it moved."""
    low, high = min(np.min(before), np.min(after)), max(np.max(before), np.max(after))
    if low < 0.0 or high > 1.0:
        return found
    reach = RULE_OF_THREE * float(high - low) / found.n
    # Those that may be there move anywhere from not at all to all the way: half of it on average.
    found = replace(found, unseen=reach / 2.0)
    if not found.excludes_zero or abs(found.delta) > reach:
        return found
    least = ceil(reach * found.n / abs(found.delta))
    caution = f"so small a difference takes {least:,} samples: rare ones unlike these could undo it"
    return replace(found, few=True, exact=False, caution=caution, n_least=least)


def _without_spread(delta: float, n: int, independent: int, confidence: float) -> Estimate:
    """All moved alike: no spread to reckon with; p is the sign test's, on so many independent signs."""
    sign = (independent, 0) if delta > 0 else (0, independent) if delta < 0 else (0, 0)
    return Estimate(
        delta=delta,
        low=delta,
        high=delta,
        confidence=checked_confidence(confidence),
        n=n,
        se=0.0,
        p=sign_test(*sign),
        method="all moved by the same amount, exact sign test p",
        few=independent < FEW_PAIRS,
        caution=f"all {independent} moved by the same amount: the interval has no width",
        exact=True,
    )
