"""Percentiles, F1 and AUC: resampling against scipy's, and what must always hold."""

import numpy as np
import numpy.typing as npt
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import f1_score, roc_auc_score

from contexta_processor.investigate.statistics.bootstrap import (
    paired_statistic,
    percentile_difference,
)
from contexta_processor.investigate.statistics.paired import paired_clustered

Floats = npt.NDArray[np.float64]
few_values = st.integers(-500, 500).map(lambda v: v / 32)


def _f1(truth: Floats, predicted: Floats) -> float:
    true = float(np.sum(truth * predicted))
    return 2 * true / float(np.sum(truth) + np.sum(predicted))


def _auc(truth: Floats, score: Floats) -> float:
    if truth.min() == truth.max():
        return float("nan")
    return float(roc_auc_score(truth, score))


def test_f1_gets_the_interval_of_scipys_paired_bootstrap() -> None:
    """The same percentiles, but for the draws."""
    rng = np.random.default_rng(7)
    truth = (rng.random(200) < 0.4).astype(float)
    before = np.where(rng.random(200) < 0.85, truth, 1 - truth)
    after = np.where(rng.random(200) < 0.75, truth, 1 - truth)
    found = paired_statistic(_f1, (truth, before), (truth, after))
    expected = scipy.stats.bootstrap(
        (truth, before, after),
        lambda t, b, a: _f1(t, a) - _f1(t, b),
        paired=True,
        vectorized=False,
        n_resamples=2_000,
        method="percentile",
        rng=np.random.default_rng(1),
    ).confidence_interval
    assert found is not None
    assert found.delta == pytest.approx(f1_score(truth, after) - f1_score(truth, before))
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=0.012)
    assert found.p is not None
    assert found.p < 0.05


def test_resamples_a_statistic_is_not_defined_on_are_left_out_and_said() -> None:
    """An AUC of one class only is none; where most resamples have none there is no interval."""
    rng = np.random.default_rng(7)
    truth = np.zeros(40)
    truth[:3] = 1.0
    one, other = truth + rng.normal(0, 1, 40), truth + rng.normal(0, 1, 40)
    found = paired_statistic(_auc, (truth, one), (truth, other), draws=300)
    assert found is not None
    assert found.caution is not None
    assert "not defined on" in found.caution
    truth[:] = 0.0
    assert paired_statistic(_auc, (truth, one), (truth, other), draws=300) is None


def test_an_unpaired_percentile_is_resampled_without_resampling() -> None:
    """Two Beta draws a resample are distributed as the percentile of a resample drawn in full."""
    rng = np.random.default_rng(5)
    before, after = rng.lognormal(0, 0.5, 150), rng.lognormal(0.1, 0.5, 90)
    found = percentile_difference(before, after, 0.9, paired=False, draws=20_000)
    full = [
        np.quantile(rng.choice(side, (20_000, side.size)), 0.9, axis=1) for side in (before, after)
    ]
    low, high = np.quantile(full[1] - full[0], [0.025, 0.975])
    assert found is not None
    assert found.delta == pytest.approx(np.quantile(after, 0.9) - np.quantile(before, 0.9))
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.04)
    assert found.se == pytest.approx(np.std(full[1] - full[0]), rel=0.05)


def test_a_paired_percentile_gets_the_interval_of_scipys_bootstrap() -> None:
    """Both sides are resampled alike."""
    rng = np.random.default_rng(5)
    before = rng.lognormal(0, 0.7, 150)
    after = before * rng.lognormal(0.1, 0.1, 150)
    found = percentile_difference(before, after, 0.5, paired=True)
    expected = scipy.stats.bootstrap(
        (before, after),
        lambda b, a, axis: np.quantile(a, 0.5, axis=axis) - np.quantile(b, 0.5, axis=axis),
        paired=True,
        n_resamples=4_000,
        method="percentile",
        rng=np.random.default_rng(1),
    ).confidence_interval
    assert found is not None
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=0.03)


@pytest.mark.parametrize("paired", [True, False])
def test_the_same_seed_gives_the_same_interval(paired: bool) -> None:
    """Twice the same; another seed, nearly the same."""
    rng = np.random.default_rng(5)
    before, after = rng.lognormal(size=200), rng.lognormal(size=200)
    one, two, other = (
        percentile_difference(before, after, 0.95, paired=paired, seed=seed) for seed in (0, 0, 1)
    )
    assert one == two
    assert one is not None
    assert other is not None
    assert other.low != one.low
    assert other.low == pytest.approx(one.low, rel=0.3)


@settings(max_examples=40)
@given(arrays(np.float64, (2, 25), elements=few_values), st.sampled_from([0.0, 0.5, 0.95, 1.0]))
def test_swapping_the_sides_mirrors_a_paired_percentile(sides: Floats, q: float) -> None:
    """And the interval holds the difference."""
    before, after = sides
    one = percentile_difference(before, after, q, paired=True, draws=100)
    other = percentile_difference(after, before, q, paired=True, draws=100)
    assert one is not None
    assert other is not None
    assert (other.low, other.high) == pytest.approx((-one.high, -one.low), abs=1e-9)
    assert one.low <= one.delta <= one.high


@settings(max_examples=40)
@given(
    arrays(np.float64, st.integers(2, 30), elements=few_values),
    arrays(np.float64, st.integers(2, 30), elements=few_values),
    st.floats(0.0, 1.0),
)
def test_an_unpaired_percentile_stays_within_the_data(
    before: Floats, after: Floats, q: float
) -> None:
    """No end is further out than the extremes allow, whatever the percentile."""
    found = percentile_difference(before, after, q, paired=False, draws=200)
    assert found is not None
    assert found.low <= found.delta <= found.high
    assert found.low >= after.min() - before.max() - 1e-9
    assert found.high <= after.max() - before.min() + 1e-9


def test_a_p95_needs_a_hundred_values() -> None:
    """Below that fewer than five lie beyond it, which is said."""
    values = np.random.default_rng(1).normal(size=100)
    for n, few in ((99, True), (100, False)):
        found = percentile_difference(values[:n], values[:n] + 1, 0.95, paired=False, draws=50)
        assert found is not None
        assert found.few is few
    assert percentile_difference(values[:1], values, 0.5, paired=False) is None


def test_nonsense_is_refused() -> None:
    """A p95 given as 95, NaN, sides that do not fit."""
    values = np.arange(10.0)
    with pytest.raises(ValueError, match="q: 95"):
        percentile_difference(values, values, 95, paired=False)
    with pytest.raises(ValueError, match="NaN"):
        percentile_difference(values, values * np.nan, 0.5, paired=False)
    with pytest.raises(ValueError, match="different lengths"):
        paired_statistic(_f1, (values, values), (values, values[1:]))


def test_whole_groups_are_drawn_for_a_percentile_as_for_any_statistic() -> None:
    """The fast way for percentiles gives what drawing the samples of each group gives, to the last digit."""
    rng = np.random.default_rng(21)
    groups = np.repeat(np.arange(30), rng.permutation([3, 7] * 15))
    before, after = rng.exponential(1, 150), rng.exponential(1.2, 150)
    for q in (0.5, 0.9):
        fast = percentile_difference(before, after, q, paired=True, groups=groups, draws=300)
        plain = paired_statistic(
            lambda values, at=q: float(np.quantile(values, at)),
            (before,),
            (after,),
            groups=groups,
            draws=300,
        )
        assert fast is not None
        assert plain is not None
        assert (fast.low, fast.high) == pytest.approx((plain.low, plain.high), rel=1e-12)
        assert "30 groups" in fast.method


def test_the_mean_of_drawn_groups_has_the_cluster_robust_interval() -> None:
    """But for the draws; and far wider than as if all samples were independent."""
    rng = np.random.default_rng(22)
    groups = np.repeat(np.arange(40), 6)
    difference = rng.normal(0, 0.3, 240) + rng.normal(0.2, 1, 40)[groups]
    drawn = paired_statistic(np.mean, (np.zeros(240),), (difference,), groups=groups)
    exact = paired_clustered(np.zeros(240), difference, groups)
    naive = paired_statistic(np.mean, (np.zeros(240),), (difference,))
    assert drawn is not None
    assert exact is not None
    assert naive is not None
    assert (drawn.low, drawn.high) == pytest.approx((exact.low, exact.high), abs=0.04)
    assert drawn.high - drawn.low > 1.8 * (naive.high - naive.low)


def test_few_groups_say_so_and_lone_samples_are_no_groups() -> None:
    """Below 20 groups, or where few of them reach beyond the percentile; one sample a group is none."""
    rng = np.random.default_rng(23)
    before, after = rng.normal(size=200), rng.normal(size=200)
    few = percentile_difference(before, after, 0.5, paired=True, groups=np.arange(200) // 20)
    assert few is not None
    assert (few.few, few.caution) == (True, "only 10 groups")
    rare = percentile_difference(
        np.arange(200.0), np.arange(200.0), 0.99, paired=True, groups=np.arange(200) // 4
    )
    assert rare is not None
    assert (rare.few, rare.caution) == (True, "values of only 1 groups beyond the p99")
    lone = paired_statistic(np.mean, (before,), (after,), groups=range(200))
    assert lone == paired_statistic(np.mean, (before,), (after,))
    assert paired_statistic(np.mean, (before,), (after,), groups=["a"] * 200) is None
    with pytest.raises(ValueError, match="paired"):
        percentile_difference(before, after, 0.5, paired=False, groups=range(200))
