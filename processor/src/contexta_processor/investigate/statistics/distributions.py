"""Student's t, the normal, and the binomial tail, from the regularised incomplete beta function.

Sources: the continued fraction of DLMF 8.17.22 by Lentz's method; Stirling's series (DLMF 5.11.1) for
differences of log-gammas, which would otherwise lose digits with many degrees of freedom. Tests compare
with scipy (relative error below 1e-10).
"""

from functools import lru_cache
from math import erfc, exp, expm1, inf, lgamma, log, log1p, pi, sqrt
from statistics import NormalDist

_NORMAL = NormalDist()
_TINY = 1e-300
# Its square still is a float; no tail beyond it is worth telling from 0.
_FAR_OUT = 1e150
# Beyond this the continued fraction takes thousands of steps, and t differs from the normal by 1/(4·df).
_MANY_DEGREES = 1e8
_STIRLING = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360)


def normal_quantile(probability: float) -> float:
    """The z below which a standard normal falls with `probability`, 0 < probability < 1."""
    return _NORMAL.inv_cdf(probability)


def normal_cdf(z: float) -> float:
    """Probability that a standard normal is below z."""
    return _NORMAL.cdf(z)


def t_cdf(t: float, df: float) -> float:
    """Probability that Student's t with df > 0 degrees of freedom (any real) is below t."""
    upper = t_tail(abs(t), df)
    return upper if t < 0 else 1.0 - upper


def t_tail(t: float, df: float) -> float:
    """Probability that Student's t is above t ≥ 0; keeps its digits far out in the tail."""
    if df <= 0:
        raise ValueError(f"degrees of freedom: {df} is not positive")
    if t > _FAR_OUT:
        return 0.0
    if df > _MANY_DEGREES:
        return 0.5 * erfc((t - (t**3 + t) / (4 * df)) / sqrt(2.0))
    spread = t * t / df
    log_x = -log1p(spread)
    log_y = log(spread) + log_x if spread > 0 else -inf
    return 0.5 * _beta_ratio(df / 2, 0.5, log_x, log_y)


def two_sided(t: float, df: float) -> float:
    """p of a two-sided t test."""
    return min(1.0, 2.0 * t_tail(abs(t), df))


def t_quantile(probability: float, df: float) -> float:
    """The t below which Student's t falls with `probability`, 0 < probability < 1."""
    if not 0.0 < probability < 1.0:
        raise ValueError(f"probability: {probability} is not between 0 and 1")
    if probability == 0.5:
        return 0.0
    if probability < 0.5:
        return -_upper_quantile(probability, df)
    return _upper_quantile(1.0 - probability, df)


def binomial_tail(successes: int, trials: int, probability: float = 0.5) -> float:
    """Probability of at least `successes` in `trials`."""
    if successes <= 0:
        return 1.0
    if successes > trials:
        return 0.0
    if probability <= 0.0 or probability >= 1.0:
        return 0.0 if probability <= 0.0 else 1.0
    return _beta_ratio(successes, trials - successes + 1, log(probability), log1p(-probability))


def sign_test(positive: int, negative: int) -> float:
    """Exact two-sided p that gains and losses are equally likely (McNemar's exact test on discordant pairs).

    1.0 where there are neither.
    """
    larger, trials = max(positive, negative), positive + negative
    return min(1.0, 2.0 * binomial_tail(larger, trials)) if trials else 1.0


def chi_square_tail(value: float, df: int) -> float:
    """Probability that chi-square with df ≥ 1 degrees of freedom is above `value`: its finite series."""
    half = value / 2
    if half <= 0.0:
        return 1.0
    term, total = (
        (exp(-half), 0.0) if df % 2 == 0 else (2 * exp(-half) * sqrt(half / pi), erfc(sqrt(half)))
    )
    for k in range(df // 2):
        total += term
        term *= half / (k + 1 + 0.5 * (df % 2))
    return min(1.0, total)


def beta_cdf(x: float, a: float, b: float) -> float:
    """Regularised incomplete beta function I_x(a, b), 0 ≤ x ≤ 1, a and b positive."""
    if x <= 0.0 or x >= 1.0:
        return 0.0 if x <= 0.0 else 1.0
    return _beta_ratio(a, b, log(x), log1p(-x))


@lru_cache(maxsize=4096)
def _upper_quantile(tail: float, df: float) -> float:
    """The t above which lies `tail` < 0.5.

    The tail is convex and heavier than the normal's, so Newton's steps from the normal quantile climb
    to the root without passing it; each step squares the error, so one of 1e-9 is the last that matters.
    """
    t = -normal_quantile(tail)
    for _ in range(200):
        step = (t_tail(t, df) - tail) / _t_density(t, df)
        t += step
        if abs(step) <= 1e-9 * t:
            break
    return t


def _t_density(t: float, df: float) -> float:
    return exp(-_log_beta(df / 2, 0.5) - 0.5 * log(df) - 0.5 * (df + 1) * log1p(t * t / df))


def _beta_ratio(a: float, b: float, log_x: float, log_y: float) -> float:
    """I_x(a, b) from the logs of x and 1 − x, so that neither loses digits near 0 or 1."""
    x = exp(log_x)
    if log_y == -inf:
        return 1.0
    front = exp(a * log_x + b * log_y - _log_beta(a, b))
    if x <= (a + 1.0) / (a + b + 2.0):
        return min(1.0, front * _fraction(a, b, x) / a)
    return max(0.0, 1.0 - front * _fraction(b, a, -expm1(log_x)) / b)


def _fraction(a: float, b: float, x: float) -> float:
    """The continued fraction of I_x(a, b), converging fast for x < (a + 1) / (a + b + 2)."""
    c, d = 1.0, 1.0 / _away_from_zero(1.0 - (a + b) * x / (a + 1.0))
    value = d
    for m in range(1, 100_000):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        change = 1.0
        for numerator in (even, odd):
            d = 1.0 / _away_from_zero(1.0 + numerator * d)
            c = _away_from_zero(1.0 + numerator / c)
            change = c * d
            value *= change
        if abs(change - 1.0) < 1e-15:
            break
    return value


def _away_from_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY


def _log_beta(a: float, b: float) -> float:
    """ln B(a, b), without the cancellation of three large log-gammas."""
    small, large = min(a, b), max(a, b)
    if large < 10.0:
        return lgamma(a) + lgamma(b) - lgamma(a + b)
    share = small / (small + large)
    rest = _stirling(large) - _stirling(small + large)
    powers = (large - 0.5) * log1p(-share)
    if small < 10.0:
        return lgamma(small) + rest + small - small * log(small + large) + powers
    return (
        0.5 * log(2 * pi)
        - 0.5 * log(small + large)
        + (small - 0.5) * log(share)
        + powers
        + _stirling(small)
        + rest
    )


def _stirling(x: float) -> float:
    """lgamma(x) minus its leading term (x − ½) ln x − x + ½ ln 2π, for x ≥ 10."""
    inverse = 1.0 / x
    total, power = 0.0, inverse
    for coefficient in _STIRLING:
        total += coefficient * power
        power *= inverse * inverse
    return total
