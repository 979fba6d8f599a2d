"""Several runs a side: exact rearrangements, one run against several, samples and runs together."""

import numpy as np
import numpy.typing as npt
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from contexta_processor.investigate.statistics.paired import paired_scores
from contexta_processor.investigate.statistics.runs import (
    runs_difference,
    samples_over_runs,
    single_run_reach,
)
from contexta_processor.investigate.statistics.verdicts import judged

Floats = npt.NDArray[np.float64]
values = st.integers(-200, 200).map(lambda v: v / 16)


@pytest.mark.parametrize("sizes", [(3, 3), (4, 4), (5, 4), (2, 9)])
def test_few_runs_have_the_p_of_all_ways_to_divide_them(sizes: tuple[int, int]) -> None:
    """scipy's exact permutation test, of the size of Welch's statistic."""
    rng = np.random.default_rng(31)
    before, after = rng.normal(0, 1, sizes[0]), rng.normal(1.5, 2, sizes[1])
    found = runs_difference(before, after)
    expected = scipy.stats.permutation_test(
        (before, after),
        lambda one, other: abs(scipy.stats.ttest_ind(one, other, equal_var=False).statistic),
        vectorized=False,
        alternative="greater",
        n_resamples=10_000,
    )
    assert found is not None
    assert found.p == pytest.approx(expected.pvalue)
    assert (found.few, found.exact) == (True, True)


def test_three_runs_a_side_never_decide_and_four_can() -> None:
    """However far apart they are; ten a side are Welch's test alone."""
    for runs, verdict in ((3, "inconclusive"), (4, "worse"), (10, "worse")):
        before = np.linspace(0.79, 0.81, runs)
        found = runs_difference(before, before - 0.5)
        assert judged(found, higher_is_better=True, margin=0.02) == verdict
    assert found is not None
    assert (found.few, found.method) == (False, "Welch t interval")


def test_runs_without_any_spread_are_judged_by_their_orders() -> None:
    """Four that all say one thing against four that all say another are no chance; the same is no difference."""
    found = runs_difference([1.0] * 4, [2.0] * 4)
    assert found is not None
    assert (found.low, found.high, found.p) == (1.0, 1.0, pytest.approx(2 / 70))
    assert judged(found, higher_is_better=False, margin=0.0) == "worse"
    same = runs_difference([1.0] * 4, [1.0] * 4)
    assert same is not None
    assert same.p == 1.0


@given(
    arrays(np.float64, st.integers(2, 5), elements=values),
    arrays(np.float64, st.integers(2, 5), elements=values),
)
@settings(max_examples=40)
def test_swapping_the_sides_mirrors_the_runs(before: Floats, after: Floats) -> None:
    """Same p, the interval turned round."""
    one, other = runs_difference(before, after), runs_difference(after, before)
    assert one is not None
    assert other is not None
    assert (one.low, one.high) == pytest.approx((-other.high, -other.low), abs=1e-9)
    assert one.p == pytest.approx(other.p)


def test_one_run_is_set_against_several_as_crawford_and_howell_do() -> None:
    """Student's prediction interval; no verdict below ten, and none at all of one against one."""
    several = [0.8, 0.82, 0.79, 0.81, 0.83]
    found = runs_difference(several, [0.6])
    error = np.std(several, ddof=1) * np.sqrt(1 + 1 / 5)
    assert found is not None
    assert found.high - found.delta == pytest.approx(scipy.stats.t.ppf(0.975, 4) * error)
    assert judged(found, higher_is_better=True, margin=0.0) == "inconclusive"
    ten = runs_difference(several * 2, [0.6])
    assert judged(ten, higher_is_better=True, margin=0.0) == "worse"
    assert runs_difference([1.0], [2.0]) is None


def test_samples_and_runs_both_widen_the_interval() -> None:
    """MOVER: the two reaches, squared and added; with one run a side the samples' alone."""
    rng = np.random.default_rng(33)
    shared = rng.normal(10, 2, 80)
    before, after = (
        shared + rng.normal(0, 0.3, (5, 80)) + rng.normal(0, 0.2, (5, 1)) for _ in "ab"
    )
    found = samples_over_runs(before, after)
    samples = paired_scores(before.mean(axis=0), after.mean(axis=0))
    runs = runs_difference(before.mean(axis=1), after.mean(axis=1))
    assert found is not None
    assert samples is not None
    assert runs is not None
    reach = np.hypot(samples.delta - samples.low, runs.delta - runs.low)
    assert found.estimate.low == pytest.approx(samples.delta - reach)
    assert found.estimate.p is not None
    assert runs.p is not None
    assert found.estimate.p >= runs.p
    alone = samples_over_runs(before[:1], after[:1])
    assert alone is not None
    assert (alone.estimate, alone.runs) == (paired_scores(before[0], after[0]), None)


def test_one_run_of_either_side_strays_as_far_as_their_spreads_say() -> None:
    """Nineteen times in twenty two single runs of equal sides lie within it."""
    rng = np.random.default_rng(34)
    within = 0
    for _ in range(400):
        reach = single_run_reach(rng.normal(size=5), rng.normal(size=5))
        assert reach is not None
        within += abs(rng.normal() - rng.normal()) <= reach
    assert 0.92 <= within / 400 <= 0.98
    assert single_run_reach([1.0], [2.0]) is None
    assert single_run_reach([1.0, 1.0], [2.0]) is None
