"""The same samples in two runs: intervals against scipy, worked examples and what must always hold."""

from math import sqrt

import numpy as np
import numpy.typing as npt
import pytest
import scipy.linalg
import scipy.optimize
import scipy.stats
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from contexta_processor.investigate.statistics.clusters import group_numbers, grouped_error
from contexta_processor.investigate.statistics.estimates import Estimate
from contexta_processor.investigate.statistics.paired import (
    estimate_paired,
    paired_binary,
    paired_clustered,
    paired_scores,
)
from contexta_processor.investigate.statistics.sample_size import n_needed
from contexta_processor.investigate.statistics.skewness import bent, skewness, straightened
from contexta_processor.investigate.statistics.verdicts import judged

Floats = npt.NDArray[np.float64]

sizes = st.shared(st.integers(2, 60), key="n")
score_arrays = sizes.flatmap(
    lambda n: arrays(np.float64, n, elements=st.integers(-1_000, 1_000).map(lambda v: v / 64))
)
binary_arrays = sizes.flatmap(lambda n: arrays(np.float64, n, elements=st.sampled_from([0.0, 1.0])))
group_arrays = sizes.flatmap(lambda n: arrays(np.int64, n, elements=st.integers(0, 6)))


def _mirrored(one: Estimate, other: Estimate) -> None:
    assert other.delta == pytest.approx(-one.delta, abs=1e-9)
    assert other.low == pytest.approx(-one.high, abs=1e-9)
    assert other.high == pytest.approx(-one.low, abs=1e-9)
    assert (other.p, other.few, other.method) == (
        pytest.approx(one.p, rel=1e-6),
        one.few,
        one.method,
    )


def test_symmetric_scores_get_students_interval() -> None:
    """Interval and p are scipy's paired t test."""
    rng = np.random.default_rng(2)
    before = rng.normal(size=40)
    after = before + rng.normal(0.1, 0.2, 40)
    found = paired_scores(before, after)
    expected = scipy.stats.ttest_rel(after, before)
    interval = expected.confidence_interval(0.95)
    assert found is not None
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high), rel=1e-10)
    assert found.p == pytest.approx(expected.pvalue, rel=1e-9)
    assert (found.method, found.n, found.few) == ("paired t interval", 40, False)


def test_skewed_scores_get_the_wider_of_two_intervals() -> None:
    """Hall's end, found here by solving his cubic, where it is further out; Student's on the other side."""
    difference = 0.3 - np.random.default_rng(4).exponential(0.3, 60)
    found = paired_scores(np.zeros(60), difference)
    error, mean = scipy.stats.sem(difference), difference.mean()
    skew, reach = scipy.stats.skew(difference), scipy.stats.t.ppf(0.975, 59)

    def cubic(t: float) -> float:
        a = skew / sqrt(60)
        return t + a * t**2 / 3 + a**2 * t**3 / 27 + a / 6

    bound = scipy.optimize.brentq(lambda mu: cubic((mean - mu) / error) - reach, -5, 5)
    assert found is not None
    assert found.method == "paired t interval, adjusted for skewness"
    assert found.low == pytest.approx(min(bound, mean - reach * error), rel=1e-9)
    assert found.low < mean - reach * error
    assert found.high == pytest.approx(mean + reach * error, rel=1e-9)


@given(st.floats(-8, 8), st.floats(-4, 4), st.integers(10, 1_000))
def test_the_cubic_and_its_inverse_undo_each_other(t: float, skew: float, n: int) -> None:
    """Whatever the skewness."""
    assert bent(straightened(t, skew, n), skew, n) == pytest.approx(t, abs=1e-6)


@given(score_arrays)
def test_skewness_is_that_of_scipy(values: Floats) -> None:
    """The third standardised moment."""
    assume(np.ptp(values) > 0)
    assert skewness(values) == pytest.approx(float(scipy.stats.skew(values)), abs=1e-7)


def test_pass_and_fail_get_bonett_and_prices_interval() -> None:
    """21 pairs, one turned good and seven bad: worked by hand from the paper's formula, p = 18/256."""
    before = np.array([1.0] * 8 + [0.0] * 13)
    after = np.array([1.0] + [0.0] * 7 + [1.0] + [0.0] * 12)
    found = paired_binary(before, after)
    assert found is not None
    assert found.delta == pytest.approx(-6 / 21)
    assert (found.low, found.high) == pytest.approx((-0.5084, -0.0134), abs=1e-4)
    assert found.p == pytest.approx(18 / 256)
    assert found.exact


def test_equal_groups_are_a_t_test_of_their_means() -> None:
    """With groups of one size, interval and p are those of the group means."""
    rng = np.random.default_rng(3)
    difference = rng.normal(0.1, 1, 60) + np.repeat(rng.normal(0, 1, 12), 5)
    found = paired_clustered(np.zeros(60), difference, np.repeat(np.arange(12), 5))
    expected = scipy.stats.ttest_1samp(difference.reshape(12, 5).mean(axis=1), 0.0)
    interval = expected.confidence_interval(0.95)
    assert found is not None
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high), rel=1e-9)
    assert found.p == pytest.approx(expected.pvalue, rel=1e-8)
    assert found.n == 60


def test_unequal_groups_have_the_error_and_freedom_of_the_matrices() -> None:
    """CR2 and its degrees of freedom, written out with the matrices of Bell, McCaffrey, Imbens and Kolesár."""
    rng = np.random.default_rng(6)
    sizes_ = np.array([1, 2, 3, 8, 13, 5])
    numbers = np.repeat(np.arange(6), sizes_)
    n = int(sizes_.sum())
    residuals = rng.normal(size=n) + rng.normal(size=6)[numbers]
    residuals -= residuals.mean()
    maker = np.eye(n) - np.full((n, n), 1 / n)
    columns = []
    variance = 0.0
    for group in range(6):
        mine = numbers == group
        root = scipy.linalg.fractional_matrix_power(maker[np.ix_(mine, mine)], -0.5).real
        weights = root @ np.full(mine.sum(), 1 / n)
        variance += float(weights @ residuals[mine]) ** 2
        columns.append(maker[:, mine] @ weights)
    alike = [
        residuals[i] * residuals[j]
        for i in range(n)
        for j in range(n)
        if i != j and numbers[i] == numbers[j]
    ]
    rho = max(0.0, float(np.mean(alike)) / float(np.mean(residuals**2)))
    covariance = np.where(numbers[:, None] == numbers[None, :], rho, 0.0)
    np.fill_diagonal(covariance, 1.0)
    basis = np.column_stack(columns)
    eigen = np.linalg.eigvalsh(basis.T @ covariance @ basis)
    error, freedom = grouped_error(residuals, numbers, 6)
    assert error == pytest.approx(sqrt(variance), rel=1e-9)
    assert freedom == pytest.approx(eigen.sum() ** 2 / (eigen**2).sum(), rel=1e-7)


def test_the_method_is_picked_by_the_data() -> None:
    """Groups before 0/1 before scores; groups of one are no groups."""
    rng = np.random.default_rng(1)
    zeros, ones = np.zeros(40), (rng.random(40) < 0.5).astype(float)
    noise = rng.normal(size=40)
    words = {
        "Bonett": estimate_paired(zeros, ones),
        "paired t": estimate_paired(zeros, noise),
        "cluster": estimate_paired(zeros, ones, groups=["a", "b", "c", "d"] * 10),
    }
    assert all(found is not None and found.method.startswith(w) for w, found in words.items())
    alone = estimate_paired(zeros, ones, groups=[None] * 40)
    assert alone == words["Bonett"]


def test_groups_without_a_key_stand_alone() -> None:
    """None is not one large group of strangers."""
    numbers, count = group_numbers(["a", None, "a", None], 4)
    assert (numbers.tolist(), count) == ([0, 1, 0, 2], 3)


@pytest.mark.parametrize("n", [0, 1])
def test_below_two_pairs_there_is_no_interval(n: int) -> None:
    """None rather than a figure made up; likewise with one group."""
    assert estimate_paired(np.zeros(n), np.ones(n)) is None
    assert estimate_paired(np.zeros(n), np.full(n, 0.3)) is None
    assert estimate_paired(np.zeros(9), np.ones(9), groups=["a"] * 9) is None


def test_few_pairs_say_so() -> None:
    """Below 30 pairs, below 10 that moved at all, below 10 groups."""
    rng = np.random.default_rng(1)
    noise = rng.normal(size=100)
    moved = np.where(np.arange(100) < 4, noise, 0.0)
    nine = np.arange(100) % 9
    for found, word in (
        (estimate_paired(np.zeros(29), noise[:29]), "29 pairs"),
        (estimate_paired(np.zeros(100), moved), "4 of 100 pairs moved"),
        (estimate_paired(np.zeros(100), noise, groups=nine), "9 groups"),
        (estimate_paired(np.zeros(12), np.ones(12)), "12 pairs"),
        (estimate_paired(np.zeros(100), moved, groups=np.arange(100) // 2), "2 of 50 groups moved"),
    ):
        assert found is not None
        assert found.few
        assert found.caution is not None
        assert word in found.caution


def test_the_signs_of_few_scores_are_tested_exactly() -> None:
    """Nine of nine worse is p = 2/512; signs that contradict the mean support no p of theirs."""
    loss = -np.arange(1.0, 10.0)
    for n in (9, 100):
        found = estimate_paired(np.zeros(n), np.concatenate([loss, np.zeros(n - 9)]))
        assert found is not None
        assert (found.few, found.exact) == (True, True)
        assert found.p == pytest.approx(2 / 512)
        assert judged(found, higher_is_better=True, margin=0.02) == "worse"
    found = estimate_paired(np.zeros(9), np.array([0.1] * 8 + [-9.0]))
    assert found is not None
    assert not found.exact


def test_two_groups_are_two_however_many_their_samples() -> None:
    """Forty samples of two documents that all moved alike give no verdict."""
    found = estimate_paired(np.zeros(40), np.full(40, -0.5), groups=np.arange(40) % 2)
    assert found is not None
    assert found.p == pytest.approx(0.5)
    assert judged(found, higher_is_better=True, margin=0.02) == "inconclusive"


@pytest.mark.parametrize("shift", [0.0, 0.1, -3.7])
def test_pairs_that_all_moved_alike_have_no_width_and_say_so(shift: float) -> None:
    """Rounding of the subtraction is no spread; the p is that of the signs."""
    before = np.random.default_rng(1).normal(size=50)
    for groups in (None, np.arange(50) // 2):
        found = estimate_paired(before, before + shift, groups=groups)
        assert found is not None
        assert (found.low, found.high, found.se) == (found.delta, found.delta, 0.0)
        assert found.delta == pytest.approx(shift)
        assert found.caution is not None
        signs = 50 if groups is None else 25
        assert found.p == pytest.approx(1.0 if shift == 0.0 else 2 * 0.5**signs)


@given(score_arrays, score_arrays, group_arrays)
def test_swapping_the_sides_mirrors_scores(before: Floats, after: Floats, groups: Floats) -> None:
    """Candidate − baseline is −(baseline − candidate), in every figure."""
    for keys in (None, groups):
        one = estimate_paired(before, after, groups=keys)
        other = estimate_paired(after, before, groups=keys)
        assert (one is None) == (other is None)
        if one and other:
            _mirrored(one, other)


@given(binary_arrays, binary_arrays)
def test_swapping_the_sides_mirrors_pass_and_fail(before: Floats, after: Floats) -> None:
    """Likewise for 0/1, and nothing leaves [−1, 1]."""
    one, other = paired_binary(before, after), paired_binary(after, before)
    assert one is not None
    assert other is not None
    _mirrored(one, other)
    assert -1.0 <= one.low <= one.delta <= one.high <= 1.0


@given(score_arrays, score_arrays, group_arrays, st.permutations(range(60)))
def test_the_order_of_samples_does_not_matter(
    before: Floats, after: Floats, groups: Floats, order: list[int]
) -> None:
    """What arrives in another order gives the same interval."""
    turned = np.array([index for index in order if index < before.size])
    for keys in (None, groups):
        one = estimate_paired(before, after, groups=keys)
        other = estimate_paired(
            before[turned], after[turned], groups=None if keys is None else keys[turned]
        )
        assert (one is None) == (other is None)
        if one and other:
            assert (one.low, one.high) == pytest.approx((other.low, other.high), abs=1e-9)


@given(score_arrays, score_arrays, st.sampled_from([0.5, 2.0, 1024.0]), st.integers(-50, 50))
def test_another_unit_is_the_same_interval_in_that_unit(
    before: Floats, after: Floats, scale: float, offset: int
) -> None:
    """Milliseconds or seconds, Celsius or Kelvin: no method depends on it."""
    one = paired_scores(before, after)
    other = paired_scores(before * scale + offset, after * scale + offset)
    assert one is not None
    assert other is not None
    assert other.low == pytest.approx(one.low * scale, abs=1e-7)
    assert other.high == pytest.approx(one.high * scale, abs=1e-7)


@given(score_arrays, score_arrays, st.floats(0.01, 0.999))
def test_the_interval_holds_the_difference_and_grows_with_confidence(
    before: Floats, after: Floats, confidence: float
) -> None:
    """low ≤ delta ≤ high, at any confidence."""
    one = paired_scores(before, after, confidence=confidence)
    wider = paired_scores(before, after, confidence=0.9995)
    assert one is not None
    assert wider is not None
    assert wider.low <= one.low <= one.delta <= one.high <= wider.high


wide = st.floats(-1e100, 1e100)


@given(
    sizes.flatmap(lambda n: arrays(np.float64, n, elements=wide)),
    sizes.flatmap(lambda n: arrays(np.float64, n, elements=wide)),
    group_arrays,
)
def test_no_magnitude_breaks_an_estimate(before: Floats, after: Floats, groups: Floats) -> None:
    """A loss that diverged, or one that vanished, is still a finite number."""
    for keys in (None, groups):
        found = estimate_paired(before, after, groups=keys)
        if found is not None:
            assert found.low <= found.delta <= found.high
            assert found.p is not None
            assert 0.0 <= found.p <= 1.0
            n_needed(found, 0.02)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_was_not_measured_is_refused(bad: float) -> None:
    """NaN and infinities are the caller's to leave out and count."""
    good, broken = np.zeros(3), np.array([0.0, bad, 1.0])
    for call in (estimate_paired, paired_scores, paired_binary):
        with pytest.raises(ValueError, match="NaN or infinite"):
            call(good, broken)


def test_what_does_not_fit_is_refused() -> None:
    """Sides of different length, tables, too few keys, a 0.5 among 0 and 1, a confidence of 95."""
    two, three = np.zeros(2), np.zeros(3)
    with pytest.raises(ValueError, match="2 baseline and 3 candidate"):
        estimate_paired(two, three)
    with pytest.raises(ValueError, match="one dimension"):
        estimate_paired(np.zeros((2, 2)), np.zeros((2, 2)))
    with pytest.raises(ValueError, match="2 keys for 3 pairs"):
        estimate_paired(three, three, groups=["a", "b"])
    with pytest.raises(ValueError, match="neither 0 nor 1"):
        paired_binary(two, two + 0.5)
    with pytest.raises(ValueError, match="confidence"):
        paired_scores(two, np.array([1.0, 2.0]), confidence=95)
