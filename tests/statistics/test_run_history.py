"""One number per run: Welch's test, the run-to-run spread, the usual band."""

import numpy as np
import numpy.typing as npt
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from contexta_processor.investigate.statistics.history import against_history, band, welch
from contexta_processor.investigate.statistics.verdicts import judged

Floats = npt.NDArray[np.float64]
runs = arrays(np.float64, st.integers(2, 12), elements=st.integers(-999, 999).map(lambda v: v / 32))


def test_several_runs_a_side_get_welchs_test() -> None:
    """Interval and p are scipy's."""
    rng = np.random.default_rng(8)
    before, after = rng.normal(0.8, 0.01, 5), rng.normal(0.82, 0.03, 8)
    found = welch(before, after)
    expected = scipy.stats.ttest_ind(after, before, equal_var=False)
    interval = expected.confidence_interval(0.95)
    assert found is not None
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high), rel=1e-9)
    assert found.p == pytest.approx(expected.pvalue, rel=1e-8)
    assert (found.n, found.few) == (5, False)


@given(runs, runs)
def test_swapping_the_sides_mirrors_welch(before: Floats, after: Floats) -> None:
    """And the interval holds the difference."""
    one, other = welch(before, after), welch(after, before)
    assert one is not None
    assert other is not None
    assert one.low <= one.delta <= one.high
    assert (other.low, other.high) == pytest.approx((-one.high, -one.low), rel=1e-6, abs=1e-9)


def test_three_runs_a_side_are_few_and_four_are_not() -> None:
    """Few is what no rearrangement of the runs could make rare; such an estimate gives no verdict."""
    for n, few in ((3, True), (4, False)):
        before, after = 0.80 + np.arange(n) / 1_000, 0.90 + np.arange(n) / 1_000
        found = welch(before, after)
        assert found is not None
        assert found.few is few
        verdict = judged(found, higher_is_better=True, margin=0.02)
        assert verdict == ("inconclusive" if few else "better")
    assert welch([0.8], [0.9, 0.9]) is None


def test_runs_that_are_all_alike_have_no_width() -> None:
    """Said as a caution, and with no p made up."""
    found = welch([0.5] * 4, [0.75] * 4)
    assert found is not None
    assert (found.low, found.high, found.p) == (0.25, 0.25, None)
    assert found.caution is not None


def test_a_single_run_is_set_beside_the_usual_difference_of_two() -> None:
    """By hand: neighbours of 0.80, 0.82 … differ by 0.02, times 1.4826, times t with half of 20 degrees."""
    earlier = np.tile([0.80, 0.82], 15)
    found = against_history(0.82, 0.60, earlier)
    assert found is not None
    assert (found.delta, found.n, found.p) == (pytest.approx(-0.22), 20, None)
    assert found.method == "run-to-run history, not a test"
    reach = 0.02 * 1.4826 * scipy.stats.t.ppf(0.975, 10)
    assert found.high - found.delta == pytest.approx(reach, rel=1e-4)
    assert judged(found, higher_is_better=True, margin=0.02) == "worse"


def test_a_short_history_says_nothing_or_says_that_it_is_short() -> None:
    """Below five runs nothing; below ten differences no verdict; where nothing ever moved, nothing."""
    assert against_history(1.0, 2.0, [1.0, 1.1, 0.9, 1.0]) is None
    assert against_history(1.0, 2.0, [1.0] * 9) is None
    found = against_history(1.0, 9.0, [1.0, 1.1, 0.9, 1.0, 1.05])
    assert found is not None
    assert found.few
    assert judged(found, higher_is_better=True, margin=0.02) == "inconclusive"


def test_the_band_is_the_median_and_students_reach_of_the_robust_spread() -> None:
    """By hand for ten values; one wild value moves neither."""
    values = [10.0, 11, 12, 13, 14, 15, 16, 17, 18, 1_000]
    found = band(values)
    assert found is not None
    assert found.center == 14.5
    assert found.spread == pytest.approx(2.5 * 1.482602, rel=1e-6)
    reach = scipy.stats.t.ppf(scipy.stats.norm.cdf(3), 3.6) * found.spread
    assert (found.low, found.high) == pytest.approx((14.5 - reach, 14.5 + reach), rel=1e-6)
    assert found.holds(14.0)
    assert not found.holds(1_000)
    assert not found.holds(float("nan"))


def test_more_history_makes_a_narrower_band() -> None:
    """Towards three spreads."""
    reach = []
    for n in (5, 10, 20, 1_000):
        found = band(np.tile([-1.0, 1.0], n)[:n])
        assert found is not None
        reach.append((found.high - found.center) / found.spread)
    assert reach == sorted(reach, reverse=True)
    assert reach[-1] == pytest.approx(3.0, rel=0.02)


def test_a_band_of_mostly_equal_values_is_honest() -> None:
    """A median deviation of 0 falls back to the mean deviation; all equal is that value but for rounding."""
    mostly = band([0.0] * 9 + [1.0])
    assert mostly is not None
    assert mostly.spread == pytest.approx(0.12533, rel=1e-4)
    alike = band([0.3] * 8)
    assert alike is not None
    assert alike.holds(0.1 + 0.2)
    assert not alike.holds(0.3001)
    assert band([1.0, 2.0, 3.0, 4.0]) is None


@given(
    arrays(np.float64, st.integers(5, 40), elements=st.integers(-99, 99).map(float)),
    st.sampled_from([0.5, 4.0]),
    st.integers(-100, 100),
)
def test_a_band_moves_and_grows_with_its_values(values: Floats, scale: float, shift: int) -> None:
    """In another unit it is the same band."""
    one, other = band(values), band(values * scale + shift)
    assert one is not None
    assert other is not None
    assert other.center == pytest.approx(one.center * scale + shift)
    assert other.spread == pytest.approx(one.spread * scale)
    assert one.low <= one.center <= one.high


def test_what_was_not_measured_is_refused() -> None:
    """NaN in a history is the caller's to leave out."""
    with pytest.raises(ValueError, match="NaN"):
        band([1.0, 2.0, 3.0, float("nan"), 5.0])
    with pytest.raises(ValueError, match="NaN"):
        welch([1.0, float("nan")], [1.0, 2.0])
    with pytest.raises(ValueError, match="NaN"):
        against_history(float("inf"), 1.0, [1.0, 2, 3, 4, 5])
