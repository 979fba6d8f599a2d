"""The difference of two means, or two shares, of which only the figures and their counts were told."""

from math import isfinite, sqrt

from contexta_processor.investigate.statistics.distributions import (
    normal_cdf,
    normal_quantile,
    t_quantile,
    two_sided,
)
from contexta_processor.investigate.statistics.estimates import Estimate

FEW = 30

Told = tuple[float, float, int]
"""Mean, standard deviation (with n − 1), count."""


def from_spreads(baseline: Told, candidate: Told, *, confidence: float) -> Estimate | None:
    """Welch's interval, as if the two sides were measured on different samples: wider than a paired one.

    None where a count is below 2, or no side has any spread. Source: Welch 1947, Satterthwaite 1946; tests
    compare with scipy.stats.ttest_ind_from_stats.
    """
    (before, before_sd, before_n), (after, after_sd, after_n) = baseline, candidate
    if min(before_n, after_n) < 2 or not all(map(isfinite, (before_sd, after_sd))):
        return None
    parts = (before_sd**2 / before_n, after_sd**2 / after_n)
    if not sum(parts) > 0:
        return None
    error = sqrt(sum(parts))
    freedom = sum(parts) ** 2 / (parts[0] ** 2 / (before_n - 1) + parts[1] ** 2 / (after_n - 1))
    delta = after - before
    reach = t_quantile(0.5 + confidence / 2, freedom) * error
    n = min(before_n, after_n)
    return Estimate(
        delta=delta,
        low=delta - reach,
        high=delta + reach,
        confidence=confidence,
        n=n,
        se=error,
        p=two_sided(delta / error, freedom),
        method="Welch interval",
        few=n < FEW,
        caution=f"only {n} samples" if n < FEW else None,
    )


def from_shares(
    baseline: tuple[float, int], candidate: tuple[float, int], *, confidence: float
) -> Estimate | None:
    """Agresti and Caffo's interval for two shares (of passed samples) and how many samples each is of.

    As if the two sides were measured on different samples: wider than a paired one. None below 2 samples, or
    where a share is outside [0, 1]. Source: Agresti & Caffo 2000 (one success and one failure more a side).
    """
    (before, before_n), (after, after_n) = baseline, candidate
    n = min(before_n, after_n)
    if n < 2 or not all(0.0 <= share <= 1.0 for share in (before, after)):
        return None
    shares = [(share * count + 1) / (count + 2) for share, count in (baseline, candidate)]
    error = sqrt(
        sum(p * (1 - p) / (count + 2) for p, count in zip(shares, (before_n, after_n), strict=True))
    )
    middle, delta = shares[1] - shares[0], after - before
    reach = normal_quantile(0.5 + confidence / 2) * error
    return Estimate(
        delta=delta,
        low=max(-1.0, min(delta, middle - reach)),
        high=min(1.0, max(delta, middle + reach)),
        confidence=confidence,
        n=n,
        se=error,
        p=2 * normal_cdf(-abs(middle) / error),
        method="Agresti–Caffo interval",
        few=n < FEW,
        caution=f"only {n} samples" if n < FEW else None,
    )
