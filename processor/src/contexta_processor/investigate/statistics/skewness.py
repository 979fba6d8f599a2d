"""Student's interval for the mean of skewed values.

Source: Hall 1992, "On the removal of skewness by transformation": a cubic of the t statistic that has no
skewness to first order, and an inverse in closed form. In simulations with 30 to 100 values it held its
95 % better than BCa and as well as the bootstrap-t (docs/statistics.md), without drawing anything.
"""

from math import cbrt, sqrt

import numpy as np

from contexta_processor.investigate.statistics.arrays import Floats, mean_of


def skewness(values: Floats) -> float:
    """Third standardised moment; 0.0 where all values are the same."""
    deviations = values - mean_of(values)
    largest = float(np.max(np.abs(deviations)))
    if largest == 0.0:
        return 0.0
    # In units of the largest, so that neither tiny nor huge values leave the range of floats.
    deviations = deviations / largest
    return float(np.mean(deviations**3)) / float(np.mean(deviations**2)) ** 1.5


def straightened(t: float, skew: float, n: int) -> float:
    """The t statistic of n values with that skewness, made symmetric: t + a t² + a² t³ / 3 + a / 2."""
    a = skew / (3.0 * sqrt(n))
    return t + a * t**2 + a**2 * t**3 / 3.0 + a / 2.0


def bent(straight: float, skew: float, n: int) -> float:
    """The t statistic that `straightened` takes to `straight`."""
    a = skew / (3.0 * sqrt(n))
    if abs(a) < 1e-9:
        return straight
    return (cbrt(1.0 + 3.0 * a * (straight - a / 2.0)) - 1.0) / a
