"""Student's t, chi-square and the binomial, against scipy."""

import pytest
import scipy.special
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from contexta_processor.investigate.statistics import distributions

DEGREES = [1, 1.5, 2, 3, 5.5, 10, 29, 99, 499, 1e4, 1e6]


@pytest.mark.parametrize("df", DEGREES)
def test_t_tails_are_those_of_scipy(df: float) -> None:
    """To ten digits, at 0 and far out."""
    for t in (0.0, 1e-3, 0.1, 0.5, 1.0, 1.96, 5.0, 12.0):
        expected = pytest.approx(scipy.stats.t.sf(t, df), rel=1e-9, abs=1e-300)
        assert distributions.t_tail(t, df) == expected
        assert distributions.t_cdf(-t, df) == expected
        assert distributions.t_cdf(t, df) == pytest.approx(scipy.stats.t.cdf(t, df), rel=1e-10)


@pytest.mark.parametrize("df", DEGREES)
def test_t_quantiles_are_those_of_scipy(df: float) -> None:
    """To ten digits, in both halves."""
    for probability in (1e-6, 0.001, 0.025, 0.3, 0.5, 0.6, 0.9, 0.975, 0.9999):
        expected = pytest.approx(scipy.stats.t.ppf(probability, df), rel=1e-9, abs=1e-12)
        assert distributions.t_quantile(probability, df) == expected


def test_t_becomes_the_normal() -> None:
    """With a thousand million degrees of freedom no difference is left, not even far out."""
    assert distributions.t_quantile(0.975, 1e9) == pytest.approx(1.959963984540054, rel=1e-8)
    assert distributions.t_tail(5.0, 1e9) == pytest.approx(scipy.stats.norm.sf(5.0), rel=1e-6)


@given(st.floats(1e-6, 1 - 1e-6), st.floats(1.0, 1e5))
def test_a_quantile_is_where_the_distribution_reaches_its_probability(p: float, df: float) -> None:
    """The quantile and the distribution undo each other."""
    assert distributions.t_cdf(distributions.t_quantile(p, df), df) == pytest.approx(p, rel=1e-9)


@pytest.mark.parametrize("trials", [1, 5, 20, 300, 10_000])
def test_binomial_tails_are_those_of_scipy(trials: int) -> None:
    """To ten digits, for ordinary and for rare successes."""
    for successes in {0, 1, trials // 3, trials // 2, trials - 1, trials, trials + 1}:
        for probability in (0.0, 0.01, 0.5, 0.9, 1.0):
            expected = scipy.stats.binom.sf(successes - 1, trials, probability)
            found = distributions.binomial_tail(successes, trials, probability)
            assert found == pytest.approx(expected, rel=1e-10, abs=1e-290)


@given(st.integers(0, 2_000), st.integers(0, 2_000))
def test_the_sign_test_is_the_exact_binomial_test(gained: int, lost: int) -> None:
    """As scipy's binomial test of one half; without any discordance there is nothing to doubt."""
    found = distributions.sign_test(gained, lost)
    expected = scipy.stats.binomtest(gained, gained + lost).pvalue if gained + lost else 1.0
    assert found == pytest.approx(expected, rel=1e-9)


@given(st.floats(0.0, 200.0), st.integers(1, 60))
def test_chi_square_tails_are_those_of_scipy(value: float, df: int) -> None:
    """To ten digits."""
    expected = scipy.stats.chi2.sf(value, df)
    assert distributions.chi_square_tail(value, df) == pytest.approx(expected, rel=1e-10)


@given(st.floats(0.0, 1.0), st.floats(0.1, 500.0), st.floats(0.1, 500.0))
def test_the_incomplete_beta_is_that_of_scipy(x: float, a: float, b: float) -> None:
    """Over its whole range."""
    expected = scipy.special.betainc(a, b, x)
    assert distributions.beta_cdf(x, a, b) == pytest.approx(expected, rel=1e-9, abs=1e-14)


def test_nonsense_is_refused() -> None:
    """Probabilities outside (0, 1) and no degrees of freedom have no answer."""
    with pytest.raises(ValueError, match="probability"):
        distributions.t_quantile(1.0, 5)
    with pytest.raises(ValueError, match="degrees of freedom"):
        distributions.t_tail(1.0, 0)
