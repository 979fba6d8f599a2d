"""How sure a comparison is, and where it takes that from."""

import random
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from compare.conftest import CompareStories, figure, whole_run
from compare.emission import SECOND, START_NS, Run
from scipy import stats

from contexta_processor.base.errors import ContextaError
from contexta_processor.investigate.compare.metrics import MetricDelta
from contexta_processor.investigate.compare.spread import from_shares, from_spreads
from contexta_processor.investigate.statistics.estimates import Estimate
from contexta_processor.investigate.statistics.history import against_history
from contexta_processor.investigate.statistics.paired import estimate_paired


def scored(run: Run, name: str, values: Sequence[float], **each: Any) -> Run:
    """One sample per value."""
    for number, value in enumerate(values):
        run.sample(f"s{number:04}", **{name: value}, **each)
    return run


def some(n: int, *, shift: float = 0.0, seed: int = 0) -> list[float]:
    """n scores around 0.6."""
    rng = random.Random(seed)
    return [0.6 + shift + rng.gauss(0, 0.1) for _ in range(n)]


def same_as(found: MetricDelta, expected: Estimate | None) -> bool:
    """Whether a figure has the interval and p of an estimate."""
    assert expected is not None
    assert found.interval == pytest.approx((expected.low, expected.high), rel=1e-9)
    assert found.p == pytest.approx(expected.p, rel=1e-5)
    assert found.delta == pytest.approx(expected.delta, rel=1e-9)
    return found.n == expected.n


def test_paired_scores_have_the_interval_of_the_same_arrays(
    compare_stories: CompareStories,
) -> None:
    """Scores, pass or fail, and slices: as the statistics give it for the same numbers in hand."""
    rng = random.Random(3)
    before, after = some(80), some(80, shift=-0.02, seed=1)
    passed = [[rng.random() < share for _ in range(80)] for share in (0.9, 0.8)]
    baseline, candidate = whole_run("before"), whole_run("after")
    for run, values, fine in ((baseline, before, passed[0]), (candidate, after, passed[1])):
        for number, value in enumerate(values):
            status = "passed" if fine[number] else "failed"
            slices = ["even"] if number % 2 == 0 else []
            run.sample(f"s{number:04}", status=status, slices=slices, quality=value)
    result = compare_stories(baseline, candidate)
    assert same_as(figure(result, "quality", slice=None), estimate_paired(before, after))
    assert same_as(
        figure(result, "passed", slice=None),
        estimate_paired([float(x) for x in passed[0]], [float(x) for x in passed[1]]),
    )
    even = estimate_paired(before[::2], after[::2])
    assert same_as(figure(result, "quality", slice="even"), even)


def test_a_reported_figure_made_of_the_samples_has_their_interval(
    compare_stories: CompareStories,
) -> None:
    """Mean, pass rate, percentile, F1 and AUC: where the samples give the figure again, and not otherwise."""
    rng = np.random.default_rng(5)
    labels = rng.integers(0, 2, 300).astype(float)
    runs = whole_run("before"), whole_run("after")
    for run, shift in zip(runs, (0.0, 0.15), strict=True):
        chance = np.clip(labels * 0.4 + rng.random(300) * 0.6 - shift * labels, 0, 1)
        told = (chance > 0.5).astype(float)
        took = 100 + rng.exponential(20, 300) + 100 * shift
        for number in range(300):
            right = bool(told[number] == labels[number])
            run.sample(
                f"s{number:04}",
                status="passed" if right else "failed",
                label=labels[number],
                prediction=told[number],
                probability=chance[number],
                latency=took[number],
            )
        hits = float(np.sum((labels == 1) & (told == 1)))
        ranks = stats.rankdata(chance)[labels == 1].sum()
        ones = labels.sum()
        auc = (ranks - ones * (ones + 1) / 2) / (ones * (300 - ones))
        run.metric("f1", 2 * hits / (told.sum() + ones), higher_is_better=True)
        run.metric("roc_auc", auc, higher_is_better=True)
        run.metric("accuracy", float(np.mean(told == labels)), higher_is_better=True)
        run.metric("latency", took.mean(), unit="ms", higher_is_better=False)
        run.metric(
            "latency", np.quantile(took, 0.95), unit="ms", aggregation="p95", higher_is_better=False
        )
        run.metric("precision", 0.5 + shift, higher_is_better=True)
    result = compare_stories(*runs)
    for name, repeats in (("f1", None), ("roc_auc", None), ("accuracy", "passed")):
        found = figure(result, name)
        assert (found.basis, found.repeats, found.verdict) == ("samples", repeats, "worse"), found
    mean = figure(result, "latency", scope="run", aggregation=None)
    sample = figure(result, "latency", scope="sample")
    assert (mean.interval, mean.repeats) == (sample.interval, "latency")
    assert sample.unit == "ms"
    assert figure(result, "latency", aggregation="p95").basis == "samples"
    # Reported, but not what the samples say: it stands alone.
    made_up = figure(result, "precision")
    assert (made_up.basis, made_up.interval) == (None, None)
    # accuracy and mean latency are rows of the samples already: counted once.
    counted = sum(result.overall.counts.values())
    assert counted == len(result.metrics) - 2


def test_folds_of_a_cross_validation_are_paired(compare_stories: CompareStories) -> None:
    """Folds by their ids; other batches are no repetition of one another."""
    runs = whole_run("before"), whole_run("after")
    folds = [[0.80, 0.82, 0.79, 0.81, 0.83], [0.84, 0.85, 0.84, 0.85, 0.88]]
    for run, values in zip(runs, folds, strict=True):
        for index, value in enumerate(values):
            run.batch(f"fold_{index}", "fold").batch(f"chunk_{index}", "chunk")
            for name, kind in (("auc", "fold"), ("loss", "chunk")):
                run.metric(
                    name, value, stage="evaluate", scope="batch", batch=f"{kind}_{index}",
                    higher_is_better=True,
                )  # fmt: skip
    result = compare_stories(*runs)
    found = figure(result, "auc")
    expected = estimate_paired(folds[0], folds[1])
    assert expected is not None
    assert (found.basis, found.n, found.caution) == ("folds", 5, expected.caution)
    assert found.interval == pytest.approx((expected.low, expected.high))
    assert figure(result, "loss").interval is None


def test_a_reported_spread_gives_welchs_interval(compare_stories: CompareStories) -> None:
    """From mean, standard deviation and count of either side, as scipy has it."""
    runs = whole_run("before"), whole_run("after")
    for run, mean in zip(runs, (1.90, 1.70), strict=True):
        run.metric("loss", mean, stddev=0.5, sample_count=200, higher_is_better=False)
    found = figure(compare_stories(*runs), "loss")
    expected = stats.ttest_ind_from_stats(1.70, 0.5, 200, 1.90, 0.5, 200, equal_var=False)
    assert (found.basis, found.verdict) == ("spread", "better")
    assert found.p == pytest.approx(expected.pvalue, rel=1e-4)


@pytest.mark.parametrize("counts", [(2, 900), (40, 35), (1000, 1000)])
def test_welch_from_spreads_is_scipys(counts: tuple[int, int]) -> None:
    """Unequal sizes and spreads too."""
    found = from_spreads((1.0, 0.3, counts[0]), (1.2, 0.9, counts[1]), confidence=0.95)
    assert found is not None
    expected = stats.ttest_ind_from_stats(1.2, 0.9, counts[1], 1.0, 0.3, counts[0], equal_var=False)
    assert found.p == pytest.approx(expected.pvalue, rel=1e-9)
    # The interval and p are of one distribution: the end is at 0 for the confidence 1 − p.
    edge = from_spreads(
        (1.0, 0.3, counts[0]), (1.2, 0.9, counts[1]), confidence=1 - expected.pvalue
    )
    assert edge is not None
    assert min(abs(edge.low), abs(edge.high)) == pytest.approx(0, abs=1e-6)
    assert from_spreads((1.0, 0.0, 9), (1.2, 0.0, 9), confidence=0.95) is None


def test_shares_of_samples_hold_what_they_promise() -> None:
    """Agresti and Caffo's interval covers the true difference 93 to 98 times in a hundred."""
    rng = np.random.default_rng(0)
    held = 0
    for hits in rng.binomial(100, [0.9, 0.8], size=(1000, 2)):
        found = from_shares((hits[0] / 100, 100), (hits[1] / 100, 100), confidence=0.95)
        assert found is not None
        held += found.low <= -0.1 <= found.high
    assert 930 <= held <= 980


def test_accuracy_alone_with_its_count_is_judged(compare_stories: CompareStories) -> None:
    """A share of so many samples has an uncertainty even without the samples; another figure hasn't."""
    runs = whole_run("before"), whole_run("after")
    for run, value in zip(runs, (0.95, 0.80), strict=True):
        run.metric("accuracy", value, sample_count=400, higher_is_better=True)
        run.metric("bleu", value, sample_count=400, higher_is_better=True)
    result = compare_stories(*runs)
    assert (figure(result, "accuracy").verdict, figure(result, "accuracy").basis) == (
        "worse",
        "spread",
    )
    assert figure(result, "bleu").verdict == "inconclusive"


def earlier(values: Sequence[float], **told: Any) -> list[Run]:
    """Completed runs of the same project and type, one an hour, before the story starts."""
    return [
        Run(f"earlier_{place:02}", start=START_NS - (len(values) - place) * 3600 * SECOND, **told)
        .stage("evaluate", 1)
        .metric("auc", value, higher_is_better=True)
        for place, value in enumerate(values)
    ]


def test_a_single_number_is_held_against_history(compare_stories: CompareStories) -> None:
    """How far the figure usually is from one run to the next; labelled as what it is."""
    rng = random.Random(9)
    history = [round(0.9 + rng.gauss(0, 0.004), 6) for _ in range(15)]
    baseline = whole_run("before", start=START_NS - 1800 * SECOND).metric(
        "auc", 0.9, higher_is_better=True
    )
    candidate = whole_run("after").metric("auc", 0.8, higher_is_better=True)
    found = figure(compare_stories(baseline, candidate, *earlier(history)), "auc")
    expected = against_history(0.9, 0.8, history)
    assert expected is not None
    assert (found.verdict, found.basis, found.p) == ("worse", "history", None)
    assert found.interval == pytest.approx((expected.low, expected.high))
    assert "run-to-run history, not a test" in found.method


def test_runs_of_others_are_no_history(compare_stories: CompareStories) -> None:
    """Another project, another type, failed or later runs say nothing about this figure."""
    values = [0.9 + 0.001 * (place % 3) for place in range(12)]
    later = [Run(f"later_{n}", start=START_NS + n * SECOND).metric("auc", 0.9) for n in range(1, 9)]
    failed = earlier(values, status="failed")
    others = [*earlier(values, project="elsewhere"), *later]
    for place, run in enumerate(failed):
        run.id = f"failed_{place}"
    baseline = whole_run("before").metric("auc", 0.9, higher_is_better=True)
    candidate = whole_run("after").metric("auc", 0.8, higher_is_better=True)
    found = figure(compare_stories(baseline, candidate, *others, *failed), "auc")
    assert (found.interval, found.verdict) == (None, "inconclusive")
    assert "no uncertainty available" in found.method


def test_a_margin_of_ones_own_and_a_wider_interval(compare_stories: CompareStories) -> None:
    """`margins` and `confidence` as options."""
    before, after = some(200), some(200, shift=-0.03, seed=4)
    runs = (
        scored(whole_run("before"), "quality", before),
        scored(whole_run("after"), "quality", after),
    )
    for run in runs:
        run.metric("quality", 0.0, stage="prepare", higher_is_better=True)
    found = figure(
        compare_stories(*runs, margins={"quality": 0.5}, confidence=0.99), "quality", scope="sample"
    )
    expected = estimate_paired(before, after, confidence=0.99)
    assert expected is not None
    assert (found.verdict, found.margin, found.confidence_level) == ("same", 0.5, 0.99)
    assert found.interval == pytest.approx((expected.low, expected.high))


@pytest.mark.parametrize(
    ("cluster", "about"),
    [
        (None, lambda group: {"about": {"contexta.sample.group": f"doc{group}"}}),
        ("customer", lambda group: {"about": {"customer": f"c{group}"}}),
        ("customer", lambda group: {"slices": [f"customer={group}"]}),
        ("batch", lambda group: {"about": {"contexta.batch.id": f"b{group}"}}),
    ],
)
def test_samples_of_one_group_are_not_independent(
    cluster: str | None, about: Any, compare_stories: CompareStories
) -> None:
    """Declared, or named by `cluster`: an attribute, a slice's prefix, the batch; wider than without."""
    rng = random.Random(2)
    shared = [rng.gauss(0, 0.1) for _ in range(20)]
    before = some(200)
    after = [value + shared[n % 20] for n, value in enumerate(before)]
    runs = whole_run("before"), whole_run("after")
    for run, values in zip(runs, (before, after), strict=True):
        for number, value in enumerate(values):
            run.sample(f"s{number:04}", quality=value, **about(number % 20))
    found = figure(compare_stories(*runs, cluster=cluster), "quality", slice=None)
    groups = [number % 20 for number in range(200)]
    assert same_as(found, estimate_paired(before, after, groups=groups))
    naive = estimate_paired(before, after)
    assert naive is not None
    assert found.interval is not None
    assert found.interval[1] - found.interval[0] > naive.high - naive.low


@pytest.mark.parametrize(("size", "verdict"), [(6, "worse"), (20, "inconclusive")])
def test_f1_and_percentiles_of_grouped_samples_draw_whole_groups(
    size: int, verdict: str, compare_stories: CompareStories
) -> None:
    """An interval over 50 documents; over 15 there is one too, and no verdict rests on it."""
    rng = np.random.default_rng(8)
    labels = rng.integers(0, 2, 300).astype(float)
    runs = whole_run("before"), whole_run("after")
    for run, shift in zip(runs, (0.0, 0.35), strict=True):
        told = np.where(rng.random(300) < 0.9 - shift, labels, 1 - labels)
        took = 100 + rng.exponential(20, 300) * (1 + 3 * shift)
        for number in range(300):
            run.sample(
                f"s{number:04}",
                label=labels[number],
                prediction=told[number],
                latency=took[number],
                about={"contexta.sample.group": f"document_{number // size}"},
            )
        hits = float(np.sum((labels == 1) & (told == 1)))
        run.metric("f1", 2 * hits / (told.sum() + labels.sum()), higher_is_better=True)
        p50 = float(np.quantile(took, 0.5))
        run.metric("latency", p50, unit="ms", aggregation="p50", higher_is_better=False)
    result = compare_stories(*runs)
    for name, aggregation in (("f1", None), ("latency", "p50")):
        found = figure(result, name, aggregation=aggregation)
        assert (found.basis, found.verdict) == ("samples", verdict)
        assert f"of {300 // size} groups" in found.method
        assert (found.caution is None) == (verdict == "worse")


def test_a_group_nobody_told_is_an_error(compare_stories: CompareStories) -> None:
    """Not an interval that silently forgets what it was asked for."""
    runs = scored(whole_run("before"), "q", some(9)), scored(whole_run("after"), "q", some(9))
    with pytest.raises(ContextaError, match="no sample is grouped by 'customer'"):
        compare_stories(*runs, cluster="customer")


def test_rare_samples_nobody_saw_are_reckoned_with(compare_stories: CompareStories) -> None:
    """Thirty samples that all lost a little may hide one in ten that gained a lot; a hundred may not."""
    for count, verdict in ((30, "inconclusive"), (150, "worse")):
        before = [0.3 + 0.5 * number / count for number in range(count)]
        after = [value - 0.03 - 0.01 * (number % 3) for number, value in enumerate(before)]
        runs = (
            scored(whole_run(f"before_{count}"), "quality", before),
            scored(whole_run(f"after_{count}"), "quality", after),
        )
        for run in runs:
            run.metric("quality", 0.5, stage="prepare", higher_is_better=True)
        found = figure(compare_stories(*runs), "quality", scope="sample")
        assert found.verdict == verdict
        if verdict == "inconclusive":
            assert found.n_needed is not None
            assert 30 < found.n_needed < 60
            assert "rare ones unlike these" in (found.caution or "")


def test_one_slice_of_many_is_not_worse_by_chance_alone(compare_stories: CompareStories) -> None:
    """Forty slices of noise and one that broke: the broken one is found, p alone would have found more."""
    runs = whole_run("before"), whole_run("after")
    for run, seed in zip(runs, (1, 2), strict=True):
        rng = random.Random(seed)
        for number in range(1640):
            broken = number % 41 == 40 and run is runs[1]
            run.sample(
                f"s{number:04}",
                slices=[f"slice_{number % 41:02}"],
                quality=rng.gauss(0.5, 0.2) - 0.3 * broken,
            )
        run.metric("quality", 0, stage="prepare", higher_is_better=True)
    result = compare_stories(*runs, margins={"quality": 0.0})
    slices = [each for each in result.metrics if each.slice]
    assert [each.slice for each in slices if each.verdict == "worse"] == ["slice_40"]
    assert all(each.q is not None and each.p is not None and each.q >= each.p for each in slices)
    held_back = [each for each in slices if each.withheld]
    assert held_back
    assert all("chance among so many slices" in (each.withheld or "") for each in held_back)


def test_runs_that_are_equally_good_are_not_called_worse(compare_stories: CompareStories) -> None:
    """A/A: sixty scores of two runs that differ by chance alone; at most 5 % may be called worse."""
    runs = whole_run("before"), whole_run("after")
    for run, seed in zip(runs, (11, 12), strict=True):
        rng = random.Random(seed)
        for number in range(100):
            scores = {f"m{k:02}": rng.gauss(0.5, 0.2) for k in range(30)}
            scores |= {f"b{k:02}": float(rng.random() < 0.8) for k in range(30)}
            run.sample(f"s{number:04}", **scores)
        for name in scores:
            run.metric(name, 0, stage="prepare", higher_is_better=True)
    figures = [each for each in compare_stories(*runs).metrics if each.scope == "sample"]
    verdicts = [each.verdict for each in figures]
    assert len(verdicts) == 60
    assert verdicts.count("worse") <= 3
    assert all(
        each.n_needed and each.n_needed > 100 for each in figures if each.verdict == "inconclusive"
    )


def test_a_known_regression_is_found(compare_stories: CompareStories) -> None:
    """Scores that fell by a tenth on every sample, and pass rates by as much: all of them."""
    runs = whole_run("before"), whole_run("after")
    for run, lower in zip(runs, (0.0, 0.1), strict=True):
        rng = random.Random(int(lower * 100) + 1)
        for number in range(300):
            scores = {f"m{k}": rng.gauss(0.6, 0.1) - lower for k in range(5)}
            run.sample(
                f"s{number:04}",
                status="passed" if rng.random() < 0.95 - lower else "failed",
                **scores,
            )
        for k in range(5):
            run.metric(f"m{k}", 0, stage="prepare", higher_is_better=True)
    result = compare_stories(*runs)
    found = [each.verdict for each in result.metrics if each.scope == "sample"]
    assert found == ["worse"] * 6
    assert (result.overall.word, result.first_stage_moved) == ("worse", "evaluate")


def test_what_one_run_alone_scored_is_not_fine(compare_stories: CompareStories) -> None:
    """The candidate leaves the hard samples unscored: what is left is not called better."""
    runs = whole_run("before"), whole_run("after")
    rng = random.Random(4)
    for number in range(100):
        runs[0].sample(f"s{number:04}", quality=0.5 + rng.gauss(0, 0.02))
        scores = {} if number < 20 else {"quality": 0.7 + rng.gauss(0, 0.02)}
        runs[1].sample(f"s{number:04}", **scores)
    for run in runs:
        run.metric("quality", 0, stage="prepare", higher_is_better=True)
    result = compare_stories(*runs)
    found = figure(result, "quality", scope="sample")
    assert (found.verdict, found.n) == ("inconclusive", 80)
    assert "20 samples were scored in one run alone" in (found.withheld or "")
    assert "scores_missing" in {each.code for each in result.reasons}


def test_scores_that_are_no_numbers_are_left_out_and_counted(
    compare_stories: CompareStories,
) -> None:
    """NaN is not 0: the pair is left out, and the method says how many."""
    runs = whole_run("before"), whole_run("after")
    for number in range(50):
        runs[0].sample(f"s{number:04}", quality=0.5)
        runs[1].sample(f"s{number:04}", quality=float("nan") if number < 3 else 0.5)
    found = figure(compare_stories(*runs), "quality")
    assert (found.n, found.delta) == (47, 0.0)
    assert "3 left out for NaN or infinity" in found.method
