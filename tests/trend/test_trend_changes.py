"""How often a change of level is seen where there is one, and where there is none."""

import numpy as np
import pytest
from numpy.typing import NDArray

from contexta_processor.investigate.statistics.changes import change_points

TRIALS = 120


def wandering(draw: np.random.Generator, n: int, alike: float) -> NDArray[np.float64]:
    """Values of standard deviation 1 whose neighbours correlate so."""
    noise = draw.normal(size=n) * (1 - alike**2) ** 0.5
    values = np.empty(n)
    values[0] = draw.normal()
    for index in range(1, n):
        values[index] = alike * values[index - 1] + noise[index]
    return values


@pytest.mark.parametrize(("n", "alike"), [(20, 0.0), (20, 0.3), (60, 0.3)])
def test_a_series_that_only_wanders_seldom_shows_a_change(n: int, alike: float) -> None:
    """At most about one time in twenty, also where neighbours are alike; 8 of 120 allow for chance."""
    draw = np.random.default_rng([n, round(alike * 10)])
    alarms = sum(bool(change_points(wandering(draw, n, alike))) for _ in range(TRIALS))
    assert alarms <= 8


@pytest.mark.parametrize("alike", [0.0, 0.3])
def test_a_change_is_seen_all_the_same(alike: float) -> None:
    """Five standard deviations among twenty values, at its place give or take one, nineteen times in twenty."""
    draw = np.random.default_rng([5, round(alike * 10)])
    seen = 0
    for _ in range(TRIALS):
        values = wandering(draw, 20, alike)
        values[12:] += 5.0
        seen += any(abs(change.index - 12) <= 1 for change in change_points(values))
    assert seen >= 0.95 * TRIALS
