"""The estimates beside statsmodels: groups, discordant pairs, many questions, shares, several runs, sizes."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.regression.linear_model import OLS
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import NormalIndPower, TTestIndPower, TTestPower
from statsmodels.stats.proportion import confint_proportions_2indep
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

from contexta_processor.investigate.compare.spread import from_shares, from_spreads
from contexta_processor.investigate.statistics.history import welch
from contexta_processor.investigate.statistics.multiplicity import benjamini_hochberg, holm
from contexta_processor.investigate.statistics.paired import (
    paired_binary,
    paired_clustered,
    paired_scores,
)
from contexta_processor.investigate.statistics.runs import runs_difference, runs_needed
from contexta_processor.investigate.statistics.sample_size import n_needed

Floats = npt.NDArray[np.float64]
ps = st.lists(st.floats(0.0, 1.0), min_size=1, max_size=20)


def _grouped(sizes: list[int], seed: int) -> tuple[Floats, npt.NDArray[np.int_]]:
    rng = np.random.default_rng(seed)
    groups = np.repeat(np.arange(len(sizes)), sizes)
    return rng.normal(0.1, 1, groups.size) + rng.normal(0, 1, len(sizes))[groups], groups


def test_equal_groups_have_the_cluster_robust_interval_of_a_regression() -> None:
    """On a constant alone, with as many degrees of freedom as groups minus 1."""
    difference, groups = _grouped([5] * 12, 3)
    found = paired_clustered(np.zeros(difference.size), difference, groups)
    fitted = OLS(difference, np.ones(difference.size)).fit(
        cov_type="cluster", cov_kwds={"groups": groups}, use_t=True
    )
    assert found is not None
    assert found.se == pytest.approx(float(fitted.bse[0]), rel=1e-9)
    assert (found.low, found.high) == pytest.approx(tuple(fitted.conf_int()[0]), rel=1e-9)
    assert found.p == pytest.approx(float(fitted.pvalues[0]), rel=1e-8)


@pytest.mark.parametrize("seed", range(5))
def test_unequal_groups_lie_between_the_sandwiches(seed: int) -> None:
    """CR2's error is more than the plain sandwich's and less than the jackknife's, which undo too little and too much."""
    difference, groups = _grouped([1, 2, 3, 8, 13, 5, 1, 7, 4, 6], seed)
    found = paired_clustered(np.zeros(difference.size), difference, groups)
    model = OLS(difference, np.ones(difference.size))
    plain = model.fit(
        cov_type="cluster", cov_kwds={"groups": groups, "use_correction": False}, use_t=True
    )
    jackknife = model.fit(cov_type="cluster-crv3", cov_kwds={"groups": groups}, use_t=True)
    count = len(set(groups.tolist()))
    assert found is not None
    assert found.se is not None
    assert float(plain.bse[0]) < found.se
    assert found.se < float(jackknife.bse[0]) * (count / (count - 1)) ** 0.5


@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 20))
@settings(max_examples=40)
def test_discordant_pairs_have_mcnemars_exact_p(gained: int, lost: int, alike: int) -> None:
    """Whatever their number, and however many pairs did not turn."""
    before = np.array([0.0] * gained + [1.0] * lost + [1.0] * (alike + 2))
    after = np.array([1.0] * gained + [0.0] * lost + [1.0] * (alike + 2))
    found = paired_binary(before, after)
    expected = mcnemar(np.array([[alike + 2, lost], [gained, 0]]), exact=True)
    assert found is not None
    assert found.p == pytest.approx(float(expected.pvalue), abs=1e-12)


@given(ps)
def test_many_questions_have_the_adjusted_p_of_multipletests(values: list[float]) -> None:
    """Benjamini and Hochberg's, and Holm's."""
    for method, found in (("fdr_bh", benjamini_hochberg(values)), ("holm", holm(values))):
        expected = multipletests(values, method=method)[1]
        assert [each.q for each in found] == pytest.approx(expected.tolist(), abs=1e-12)


@given(st.integers(0, 30), st.integers(0, 50), st.integers(30, 60), st.integers(50, 90))
@settings(max_examples=40)
def test_shares_have_agresti_and_caffos_interval(a: int, b: int, n: int, m: int) -> None:
    """Of two samples that are not the same, where nothing but shares and counts is known."""
    found = from_shares((a / n, n), (b / m, m), confidence=0.95)
    low, high = confint_proportions_2indep(b, m, a, n, method="agresti-caffo", compare="diff")
    assert found is not None
    expected = max(-1.0, min(found.delta, low)), min(1.0, max(found.delta, high))
    assert (found.low, found.high) == pytest.approx(expected, abs=1e-12)


def test_unpaired_means_have_welchs_interval() -> None:
    """From runs, and from reported spreads alone."""
    rng = np.random.default_rng(8)
    before, after = rng.normal(0.8, 0.01, 12), rng.normal(0.81, 0.03, 15)
    low, high = CompareMeans(DescrStatsW(after), DescrStatsW(before)).tconfint_diff(
        usevar="unequal"
    )
    told = [(float(x.mean()), float(x.std(ddof=1)), x.size) for x in (before, after)]
    for found in (
        welch(before, after),
        runs_difference(before, after),
        from_spreads(told[0], told[1], confidence=0.95),
    ):
        assert found is not None
        assert (found.low, found.high) == pytest.approx((low, high), rel=1e-9)


def test_paired_scores_have_students_interval() -> None:
    """Where their differences are symmetric."""
    half = np.random.default_rng(9).normal(0, 1, 30)
    difference = np.concatenate([0.2 + half, 0.2 - half])
    found = paired_scores(np.zeros(60), difference)
    assert found is not None
    expected = DescrStatsW(difference).tconfint_mean()
    assert (found.low, found.high) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(("spread", "margin"), [(0.1, 0.01), (0.1, 0.02), (1.0, 0.05)])
def test_the_samples_needed_give_four_times_in_five(spread: float, margin: float) -> None:
    """As a paired t test is planned: power 80 % at 5 %, two-sided, within 1 % of its size."""
    rng = np.random.default_rng(10)
    noise = rng.normal(0, 1, 500)
    difference = (noise - noise.mean()) / noise.std(ddof=1) * spread
    found = paired_scores(np.zeros(500) + 10, difference + 10)
    assert found is not None
    expected = TTestPower().solve_power(margin / spread, power=0.8, alpha=0.05)
    assert n_needed(found, margin) == pytest.approx(float(expected), rel=0.01, abs=2)


def test_the_passes_needed_give_four_times_in_five() -> None:
    """Discordant pairs as a normal test of their mean is planned."""
    before = np.array([1.0] * 940 + [0.0] * 30 + [1.0] * 30)
    after = np.array([1.0] * 940 + [1.0] * 30 + [0.0] * 30)
    found = paired_binary(before, after)
    assert found is not None
    assert found.se is not None
    # One sample: the other's variance is none, so that the ratio of sizes is 0.
    expected = NormalIndPower().solve_power(
        0.02 / (found.se * 1000**0.5), power=0.8, alpha=0.05, ratio=0
    )
    assert n_needed(found, 0.02) == pytest.approx(float(expected), rel=0.01)


@pytest.mark.parametrize(
    ("spread", "margin"), [(0.01, 0.02), (0.01, 0.01), (0.02, 0.004), (1.0, 0.3)]
)
def test_the_runs_needed_give_four_times_in_five(spread: float, margin: float) -> None:
    """As Welch's test of two equal sides is planned, to a run."""
    expected = TTestIndPower().solve_power(margin / spread, power=0.8, alpha=0.05)
    found = runs_needed(spread, spread, margin)
    assert found == pytest.approx(np.ceil(float(expected)), abs=1)
    assert runs_needed(0.0, 0.0, margin) is None
    assert runs_needed(spread, spread, 0.0) is None
