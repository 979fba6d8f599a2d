"""Changes of level in a series, and distances between distributions."""

import time

import numpy as np
import numpy.typing as npt
import pytest
import scipy.stats
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from contexta_processor.investigate.statistics.changes import change_points
from contexta_processor.investigate.statistics.drift import (
    ks_distance,
    population_stability_index,
    standardised_shift,
)

Floats = npt.NDArray[np.float64]
values = st.integers(-99, 99).map(lambda v: v / 8)


def test_two_changes_are_found_where_they_are() -> None:
    """With level, shift and strength on either side."""
    rng = np.random.default_rng(11)
    series = rng.normal(0, 1, 60) + np.repeat([0.0, 6.0, -2.0], 20)
    first, second = change_points(series)
    assert (first.index, second.index) == (20, 40)
    assert first.after == second.before
    assert first.shift == pytest.approx(6.0, abs=1.0)
    assert first.shift == first.after - first.before
    assert first.strength == pytest.approx(6.0, rel=0.35)


def test_a_step_without_noise_is_a_change_and_a_spike_is_none() -> None:
    """Counts of rows that never vary, until they do; a single wild run is not a new level."""
    (change,) = change_points([120.0] * 12 + [80.0] * 8)
    assert (change.index, change.before, change.after) == (12, 120.0, 80.0)
    assert change_points([120.0] * 12 + [0.0] + [120.0] * 8) == ()
    assert change_points([120.0] * 20) == ()


def test_a_change_has_to_last() -> None:
    """`minimum` values on either side; what is too short for that has none."""
    assert change_points([0.0, 0.1, 9.0, 9.1, 9.2]) == ()
    assert change_points([]) == ()
    for change in change_points([0.0, 0.1, 0.0, 9.0, 9.1, 9.2, 9.1, 0.1, 0.0, 0.1, 0.2]):
        assert 3 <= change.index <= 8


@given(
    arrays(np.float64, st.integers(6, 60), elements=values),
    st.sampled_from([0.25, 8.0]),
    st.integers(-64, 64),
)
def test_changes_do_not_depend_on_the_unit(series: Floats, scale: float, shift: int) -> None:
    """The same places and strengths in any unit; upside down, the same with the shift turned."""
    one = change_points(series)
    other = change_points(series * scale + shift)
    turned = change_points(-series)
    assert [c.index for c in one] == [c.index for c in other] == [c.index for c in turned]
    assert [c.strength for c in one] == pytest.approx([c.strength for c in other])
    assert [c.shift for c in one] == pytest.approx([-c.shift for c in turned])


def test_two_thousand_points_take_no_time() -> None:
    """A long training curve does not stall a reading command: well under 2 s on any machine."""
    series = np.random.default_rng(1).normal(size=2_000)
    begin = time.process_time()
    change_points(series)
    assert time.process_time() - begin < 2.0


def test_the_distance_of_distributions_is_scipys() -> None:
    """With its exact p up to 200 × 200 values, and close to it beyond."""
    rng = np.random.default_rng(12)
    for n, m in ((5, 7), (40, 60), (200, 200)):
        before, after = rng.normal(size=n), rng.normal(0.3, 1, size=m)
        found = ks_distance(before, after)
        expected = scipy.stats.ks_2samp(before, after, method="exact")
        assert found is not None
        assert found.distance == pytest.approx(expected.statistic, abs=1e-12)
        assert found.p == pytest.approx(expected.pvalue, abs=1e-10)
    for shift in (0.0, 0.05, 0.1, 0.3):
        before, after = rng.normal(size=700), rng.normal(shift, 1, size=500)
        found = ks_distance(before, after)
        expected = scipy.stats.ks_2samp(before, after, method="exact")
        assert found is not None
        assert found.p == pytest.approx(expected.pvalue, abs=0.01)


@given(
    arrays(np.float64, st.integers(1, 20), elements=values),
    arrays(np.float64, st.integers(1, 20), elements=values),
)
def test_the_distance_is_the_same_both_ways_and_with_ties(before: Floats, after: Floats) -> None:
    """Rounded scores repeat; swapping the sides changes nothing."""
    one, other = ks_distance(before, after), ks_distance(after, before)
    assert one is not None
    assert other is not None
    places = np.concatenate([before, after])
    expected = max(abs(np.mean(before <= x) - np.mean(after <= x)) for x in places)
    assert one.distance == pytest.approx(expected, abs=1e-12)
    assert (one.distance, one.p) == pytest.approx((other.distance, other.p), abs=1e-9)


def test_the_stability_index_is_its_formula() -> None:
    """By hand: ten bins of ten values; the candidate has none in the first and double in the last."""
    before = np.arange(100.0)
    after = np.concatenate([np.arange(10.0, 100.0), np.arange(90.0, 100.0)])
    found = population_stability_index(before, after)
    expected = (0.005 - 0.1) * np.log(0.005 / 0.1) + (0.2 - 0.1) * np.log(0.2 / 0.1)
    assert found is not None
    assert found.distance == pytest.approx(expected)
    assert found.p == pytest.approx(scipy.stats.chi2.sf(expected * 50, 9))
    same = population_stability_index(before, before)
    assert same is not None
    assert (same.distance, same.p) == (0.0, 1.0)


def test_without_drift_the_index_is_called_drift_one_time_in_twenty() -> None:
    """p goes by sample size, which the customary 0.1 does not: that would cry drift at 100 values."""
    rng = np.random.default_rng(13)
    found = [
        population_stability_index(rng.normal(size=100), rng.normal(size=100)) for _ in range(600)
    ]
    known = [each for each in found if each is not None]
    assert 0.03 <= np.mean([each.p <= 0.05 for each in known]) <= 0.085
    assert np.mean([each.distance > 0.1 for each in known]) > 0.5


def test_the_shift_is_in_standard_deviations_of_the_reference() -> None:
    """With Welch's interval in the metric's own unit; none where the reference never varies."""
    rng = np.random.default_rng(14)
    before, after = rng.normal(10, 2, 6_000), rng.normal(12, 2, 5_000)
    found = standardised_shift(before, after)
    assert found is not None
    assert found.standardised == pytest.approx((after.mean() - before.mean()) / before.std(ddof=1))
    assert found.estimate.excludes_zero
    constant = standardised_shift(np.ones(5), after)
    assert constant is not None
    assert constant.standardised is None


@given(arrays(np.float64, st.integers(20, 60), elements=values))
def test_a_sample_has_not_drifted_from_itself(series: Floats) -> None:
    """Distance 0, p 1, by every measure."""
    assume(np.ptp(series) > 0)
    distance, shift = ks_distance(series, series), standardised_shift(series, series)
    index = population_stability_index(series, series)
    assert distance is not None
    assert shift is not None
    assert (distance.distance, distance.p) == (0.0, 1.0)
    assert shift.standardised == 0.0
    assert index is None or (index.distance, index.p) == (0.0, 1.0)


def test_too_little_to_compare_gives_none_and_nonsense_is_refused() -> None:
    """Fewer values than two a bin, no value at all; NaN."""
    few = np.arange(19.0)
    assert population_stability_index(few, few) is None
    assert population_stability_index(np.ones(50), np.ones(50)) is None
    assert ks_distance([], few) is None
    assert standardised_shift([1.0], few) is None
    for call in (population_stability_index, ks_distance, standardised_shift):
        with pytest.raises(ValueError, match="NaN"):
            call(few, few * np.nan)
    with pytest.raises(ValueError, match="NaN"):
        change_points([1.0, 2.0, np.nan, 4.0, 5.0, 6.0])
