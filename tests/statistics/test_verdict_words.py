"""From estimates to words: verdicts, margins, sizes needed, many questions at once."""

from dataclasses import replace

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from contexta_processor.investigate.statistics.estimates import Estimate
from contexta_processor.investigate.statistics.multiplicity import benjamini_hochberg, holm
from contexta_processor.investigate.statistics.paired import estimate_paired
from contexta_processor.investigate.statistics.sample_size import n_needed
from contexta_processor.investigate.statistics.verdicts import default_margin, judged


def _estimate(delta: float, low: float, high: float, **more: object) -> Estimate:
    plain = Estimate(delta, low, high, 0.95, 100, 0.01, 0.5, "by hand")
    return replace(plain, **more)


@pytest.mark.parametrize(
    ("delta", "low", "high", "up", "down", "unknown"),
    [
        (0.05, 0.03, 0.07, "better", "worse", "no_direction"),
        (-0.05, -0.07, -0.03, "worse", "better", "no_direction"),
        (0.0, -0.01, 0.01, "same", "same", "same"),
        (0.01, 0.005, 0.015, "same", "same", "same"),
        (0.015, 0.005, 0.03, "inconclusive", "inconclusive", "no_direction"),
        (0.05, -0.01, 0.11, "inconclusive", "inconclusive", "no_direction"),
        (0.05, 0.0, 0.10, "inconclusive", "inconclusive", "no_direction"),
    ],
)
def test_a_verdict_follows_from_interval_direction_and_margin(
    delta: float, low: float, high: float, up: str, down: str, unknown: str
) -> None:
    """Margin 0.02: moved beyond it and not by chance; shown to be within it; or neither."""
    estimate = _estimate(delta, low, high)
    assert judged(estimate, higher_is_better=True, margin=0.02) == up
    assert judged(estimate, higher_is_better=False, margin=0.02) == down
    assert judged(estimate, higher_is_better=None, margin=0.02) == unknown


def test_nothing_estimated_is_inconclusive() -> None:
    """Missing is never fine."""
    for direction in (True, False, None):
        assert judged(None, higher_is_better=direction, margin=0.02) == "inconclusive"


def test_few_values_give_no_verdict_unless_an_exact_test_does() -> None:
    """A p that is not exact does not count, and neither does one above 0.05."""
    few = _estimate(-0.4, -0.6, -0.2, few=True, p=0.001)
    assert judged(few, higher_is_better=True, margin=0.02) == "inconclusive"
    exact = replace(few, exact=True)
    assert judged(exact, higher_is_better=True, margin=0.02) == "worse"
    assert judged(replace(exact, p=0.06), higher_is_better=True, margin=0.02) == "inconclusive"


def test_few_samples_that_did_not_move_are_not_the_same() -> None:
    """Eight equal pairs know nothing of what a ninth does; four hundred do."""
    for n, verdict in ((8, "inconclusive"), (400, "same")):
        scores = np.linspace(0.1, 0.9, n)
        found = estimate_paired(scores, scores)
        assert judged(found, higher_is_better=True, margin=0.02) == verdict


def test_a_margin_is_two_percent() -> None:
    """Of the scale where values lie in [0, 1], else of the baseline's mean, whatever its sign."""
    assert default_margin(np.array([0.1, 0.9])) == 0.02
    assert default_margin(np.array([100.0, 300.0])) == pytest.approx(4.0)
    assert default_margin(np.array([-100.0, -300.0])) == pytest.approx(4.0)
    assert default_margin(0.4) == pytest.approx(0.008)
    assert default_margin(0.4, True) == 0.02
    assert default_margin(np.array([0.1, 0.9]), False) == pytest.approx(0.01)
    assert default_margin(0.0) == 0.0
    with pytest.raises(ValueError, match="negative"):
        judged(None, higher_is_better=True, margin=-0.1)


def test_the_size_needed_is_the_formula_for_a_normal_interval() -> None:
    """n · (2.8 · se / margin)², rounded up; none without a standard error or a margin."""
    estimate = _estimate(0.0, -0.0196, 0.0196)
    assert n_needed(estimate, 0.02) == 196
    assert n_needed(estimate, 0.0) is None
    assert n_needed(replace(estimate, se=None), 0.02) is None
    assert n_needed(replace(estimate, se=0.0), 0.02) is None
    assert n_needed(replace(estimate, high=1e200), 0.02) is None
    few_groups = replace(estimate, low=-0.0257, high=0.0257)
    assert n_needed(few_groups, 0.02) == 291


ps = st.lists(st.one_of(st.none(), st.floats(0.0, 1.0)), max_size=30)


@given(ps, st.sampled_from([0.01, 0.1, 0.5]))
def test_benjamini_hochberg_is_scipys(values: list[float | None], rate: float) -> None:
    """Its q are scipy's adjusted p; None stays None and is not counted."""
    found = benjamini_hochberg(values, rate=rate)
    known = [p for p in values if p is not None]
    expected = iter(scipy.stats.false_discovery_control(known) if known else [])
    for p, adjusted in zip(values, found, strict=True):
        assert adjusted.p == p
        assert (adjusted.q is None) == (p is None)
        if adjusted.q is not None:
            assert adjusted.q == pytest.approx(float(next(expected)), abs=1e-15)
        assert bool(adjusted) == (adjusted.q is not None and adjusted.q <= rate)


@given(ps)
def test_holm_rejects_what_stepping_down_rejects(values: list[float | None]) -> None:
    """The procedure as published: from the smallest p on, until one exceeds alpha / (those left)."""
    known = sorted(p for p in values if p is not None)
    rejected = 0
    while rejected < len(known) and known[rejected] * (len(known) - rejected) <= 0.05:
        rejected += 1
    found = holm(values, 0.05)
    assert sum(map(bool, found)) == rejected
    assert all(a.q is None or a.p is None or a.q >= a.p for a in found)


def test_a_p_that_is_none_is_refused() -> None:
    """1.2 is no probability."""
    with pytest.raises(ValueError, match="between 0 and 1"):
        benjamini_hochberg([0.1, 1.2])
