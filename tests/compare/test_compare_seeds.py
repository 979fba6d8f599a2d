"""Several runs a side: whether the methods differ, or only their seeds."""

import csv
import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.stats
from compare.emission import Run, take_in
from compare.seeds_story import SAMPLES, methods, seed_run
from compare.test_compare_doors import get

import contexta_processor
from contexta_processor.cli.main import run as contexta

BASE, NEW = "tag:method=base", "tag:method=new"


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five seeds of either method."""
    return take_in(tmp_path_factory.mktemp("seeds") / "data", *methods())


Compare = Callable[..., dict[str, Any]]


@pytest.fixture
def compare(tmp_path: Path) -> Compare:
    """Take in runs and compare the two methods."""

    def of(
        *runs: Run, baseline: str = BASE, candidate: str = NEW, **options: Any
    ) -> dict[str, Any]:
        data = take_in(tmp_path / "data", *runs)
        evidence = contexta_processor.connect(data)
        found = evidence.compare(baseline, candidate, **options).to_dict()
        return found["comparison"]

    return of


def figure(comparison: dict[str, Any], name: str, **where: Any) -> dict[str, Any]:
    """The one figure of that name and place."""
    asked = {"slice": None, **where, "name": name}
    (found,) = [
        each
        for each in comparison["metrics"]
        if all(each[key] == value for key, value in asked.items())
    ]
    return found


def codes(comparison: dict[str, Any]) -> dict[str, str]:
    """Code → detail of what limits a comparison."""
    reasons = comparison["comparability"]["reasons"]
    page = (Path(__file__).parents[2] / "docs" / "compare.md").read_text()
    known = [each["code"] for each in reasons if not each["code"].endswith("_unknown")]
    assert [code for code in known if f"`{code}`" not in page] == []
    return {each["code"]: each["detail"] for each in reasons if each["severity"] != "info"}


def document(data: Path, *words: str) -> dict[str, Any]:
    """`contexta compare … --json`."""
    return contexta_processor.connect(data).compare(*words).to_dict()["comparison"]


def test_a_reported_figure_is_judged_by_welch_over_the_runs(told: Path) -> None:
    """Means, spreads, interval and p are scipy's on the values of the runs; every run's value is there."""
    accuracy = figure(document(told, BASE, NEW), "accuracy")
    sides = [
        [each["value"] for each in accuracy[f"{side}_runs"]] for side in ("baseline", "candidate")
    ]
    assert [each["run"] for each in accuracy["baseline_runs"]] == [f"base_{n}" for n in range(1, 6)]
    expected = scipy.stats.ttest_ind(sides[1], sides[0], equal_var=False)
    interval = expected.confidence_interval()
    assert accuracy["interval"] == pytest.approx([interval.low, interval.high])
    assert accuracy["delta"] == pytest.approx(np.mean(sides[1]) - np.mean(sides[0]))
    assert accuracy["baseline_stddev"] == pytest.approx(np.std(sides[0], ddof=1))
    rearranged = scipy.stats.ttest_ind(
        sides[1],
        sides[0],
        equal_var=False,
        method=scipy.stats.PermutationMethod(n_resamples=10_000),
    )
    assert accuracy["p"] == pytest.approx(rearranged.pvalue, rel=1e-5)
    assert (accuracy["verdict"], accuracy["basis"], accuracy["n_runs"]) == ("worse", "runs", [5, 5])


def test_scores_are_paired_by_sample_over_all_runs(told: Path) -> None:
    """A reported mean of samples is their row; its interval reckons with other samples and other seeds."""
    comparison = document(told, BASE, NEW)
    reported, scored = (
        figure(comparison, "score", scope="stage"),
        figure(comparison, "score", scope="sample"),
    )
    assert (reported["repeats_score"], reported["basis"], scored["n"]) == (
        "score",
        "samples",
        SAMPLES,
    )
    assert reported["interval"] == scored["interval"]
    sides = [
        np.array([each["value"] for each in scored[f"{side}_runs"]])
        for side in ("baseline", "candidate")
    ]
    between = scipy.stats.ttest_ind(sides[1], sides[0], equal_var=False).confidence_interval()
    assert scored["interval"][0] < between.low
    assert scored["interval"][1] > between.high
    assert scored["verdict"] == "worse"
    broke = comparison["samples"]["broke"][0]
    assert (broke["baseline"], broke["candidate"][:9]) == ("passed in 5 of 5", "passed in")
    assert comparison["overall"]["sentence"].startswith("WORSE: 3 worse")
    assert "5 and 5 runs" in comparison["overall"]["sentence"]


def test_what_settles_it_is_told_in_runs(told: Path) -> None:
    """An undecided figure says how many runs a side would tell, and what a single run could not."""
    comparison = document(told, BASE, NEW)
    loss = figure(comparison, "loss")
    assert (loss["verdict"], loss["n_needed"]) == ("inconclusive", None)
    assert loss["n_runs_needed"] > 5
    passed = figure(comparison, "passed")
    assert passed["single_run_tells"] is False
    assert passed["single_run_reach"] > abs(passed["delta"])
    assert figure(comparison, "parameters")["verdict"] == "same"
    steps = comparison["recommended_next_steps"]
    assert not any("loss" in step and "samples" in step for step in steps)


def test_seeds_that_differ_among_themselves_are_no_difference_of_the_sides(told: Path) -> None:
    """The seed is listed with every run's value, as one that varies within the sides."""
    comparison = document(told, BASE, NEW)
    (seed,) = comparison["differences"]
    assert (seed["key"], seed["within_sides"]) == ("seed", True)
    assert {each["run"]: each["value"] for each in seed["runs"]}["new_3"] == "3"
    assert comparison["comparability"]["verdict"] == "comparable"


def test_equal_methods_are_not_told_apart(compare: Compare) -> None:
    """Without a true difference nothing is better or worse, however the seeds fell."""
    comparison = compare(*methods(4, fall=0.0))
    assert not {each["verdict"] for each in comparison["metrics"]} & {"better", "worse"}


def test_three_seeds_a_side_prove_nothing(compare: Compare) -> None:
    """However far apart: no order of six runs is rare, and it says so."""
    comparison = compare(*methods(3, fall=0.3))
    assert figure(comparison, "accuracy")["verdict"] == "inconclusive"
    assert "few_runs" in codes(comparison)
    assert comparison["overall"]["verdict"] == "inconclusive"


def test_one_run_against_several_is_one_run(compare: Compare) -> None:
    """Its spread is taken from the others, said, and no verdict comes from fewer than ten of them."""
    comparison = compare(*methods(5), candidate="new_1")
    accuracy = figure(comparison, "accuracy")
    values = [each["value"] for each in accuracy["baseline_runs"]]
    error = np.std(values, ddof=1) * np.sqrt(1 + 1 / 5)
    assert accuracy["interval"][1] - accuracy["delta"] == pytest.approx(
        scipy.stats.t.ppf(0.975, 4) * error
    )
    assert (accuracy["verdict"], accuracy["candidate_stddev"]) == ("inconclusive", None)
    assert "one_run" in codes(comparison)


def test_a_run_that_is_not_like_the_others_is_said_by_name(compare: Compare) -> None:
    """Another data set, a failed stage, missing samples, a figure that is NaN: each with its run."""
    *others, _ = methods(5)
    odd = seed_run(
        "new", 5, accuracy=0.72, samples=range(30), status="failed", metrics={"f1": float("nan")}
    )
    odd.artifact("eval_set_v2", "dataset_snapshot", role="consumed", sha256="e" * 64)
    for run in others:
        run.metric("f1", 0.7 + run.number / 10_000, higher_is_better=True)
    comparison = compare(*others, odd)
    told = codes(comparison)
    assert "new_5 lacks 10" in told["different_samples"]
    assert told["candidate_not_completed"] == "new_5 is failed"
    assert "new_5" in told["different_data"]
    f1 = figure(comparison, "f1")
    assert (f1["n_runs"], f1["withheld"]) == ([5, 4], "it is NaN in new_5")
    assert f1["verdict"] == "inconclusive"
    assert figure(comparison, "score", scope="sample")["n"] == 30


def test_a_run_judged_by_another_scorer_costs_the_comparison(compare: Compare) -> None:
    """Judged figures are not comparable while one of ten runs had another judge."""
    runs = [
        seed_run(
            method,
            seed,
            accuracy=0.8,
            **{"judge.model": "b" if (method, seed) == ("new", 2) else "a"},
        )
        for method in ("base", "new")
        for seed in (1, 2, 3, 4)
    ]
    comparison = compare(*runs)
    assert "b (new_2)" in codes(comparison)["different_scorer"]
    assert figure(comparison, "score", scope="sample")["verdict"] == "not_comparable"
    assert comparison["comparability"]["verdict"] == "not_comparable"


def test_a_stage_that_one_run_did_not_finish_costs_its_figures(compare: Compare) -> None:
    """The others' figures stand, without a verdict that the missing one could overturn."""
    runs = methods(5, fall=0.0)
    runs[-1].stage("evaluate", 1, status="failed")
    comparison = compare(*runs)
    assert "new_5" in codes(comparison)["stage_not_whole"]
    score = figure(comparison, "score", scope="stage")
    assert (score["n_runs"], score["verdict"]) == ([5, 4], "inconclusive")
    assert "new_5" in score["method"]


def test_repeats_without_another_seed_are_said_to_be_none(compare: Compare) -> None:
    """Runs that agree to the last digit are one run told several times."""
    runs = [seed_run("base", seed, accuracy=0.8) for seed in (1, 2, 3, 4)]
    for seed in (1, 2, 3, 4):
        run = Run(f"copy_{seed}", type="training", tags={"method": "new"})
        run.stage("train", 0).stage("evaluate", 1)
        runs.append(run.configuration(seed=0).metric("accuracy", 0.7, higher_is_better=True))
    comparison = compare(*runs)
    assert "copy_1, copy_2, copy_3, copy_4" in codes(comparison)["runs_alike"]


def test_a_side_goes_by_tag_list_or_commas_through_every_door(
    told: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same bytes whichever way; one run a side stays the comparison of two runs."""
    evidence = contexta_processor.connect(told)
    by_tag = document(told, BASE, NEW)
    ids = [f"base_{n}" for n in range(1, 6)], [f"new_{n}" for n in range(1, 6)]
    listed = evidence.compare(*ids).to_dict()["comparison"]
    assert listed["metrics"] == by_tag["metrics"]
    assert (by_tag["baseline_run"], listed["baseline_run"]) == (BASE, ",".join(ids[0]))
    words = ["compare", ",".join(ids[0]), ",".join(ids[1]), "--json", "--data", str(told)]
    assert contexta(words) == 0
    assert json.loads(capsys.readouterr().out)["comparison"] == listed
    status, answer = get(told, f"/api/compare/{BASE}/{NEW}")
    assert (status, answer["comparison"]) == (200, by_tag)
    assert "baseline_runs" not in document(told, "base_1", "new_1")


@pytest.mark.parametrize("format", ["--table", "--md", "--csv"])
def test_every_rendering_tells_the_spread(
    format: str, told: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Mean and standard deviation of either side, and how many runs."""
    assert contexta(["compare", BASE, NEW, format, "--data", str(told)]) == 0
    page = capsys.readouterr().out
    accuracy = figure(document(told, BASE, NEW), "accuracy")
    if format == "--csv":
        (row,) = [each for each in csv.DictReader(StringIO(page)) if each["metric"] == "accuracy"]
        assert float(row["baseline_stddev"]) == accuracy["baseline_stddev"]
        assert (row["baseline_n_runs"], row["candidate_n_runs"]) == ("5", "5")
    else:
        assert f"± {accuracy['candidate_stddev']:.2g}" in page
        assert "one run a side could not tell" in page or format == "--table"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ((BASE, "base_1"), 2, "cannot be on both sides"),
        (("base_1,nowhere", NEW), 3, "there is no run"),
        (("tag:method=other", NEW), 3, "there is no run"),
        ((BASE, NEW, "--cluster", "planet"), 2, "no sample is grouped"),
    ],
)
def test_sides_that_cannot_be_are_said_to_be_wrong(
    words: tuple[str, ...], code: int, said: str, told: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code and what was wrong."""
    assert contexta(["compare", *words, "--data", str(told)]) == code
    assert said in capsys.readouterr().err


def test_the_order_of_arrival_changes_nothing(told: Path, tmp_path: Path) -> None:
    """The same runs in another order give the same bytes."""
    other = take_in(tmp_path / "data", *reversed(methods()))
    assert document(other, BASE, NEW) == document(told, BASE, NEW)


def test_candidates_may_be_several_runs_each(told: Path) -> None:
    """A matrix of methods, with one run among them."""
    evidence = contexta_processor.connect(told)
    found = evidence.compare_several(["base_1", "base_2", "base_3", "base_4"], NEW, "base_5")
    several = found.to_dict()
    assert several["matrix"]["candidate_runs"] == [NEW, "base_5"]
    assert several["correction"]["candidates"] == 2
    assert found.df().shape[0] == sum(len(each["metrics"]) for each in several["comparisons"])
    assert "corrected for" in repr(found)
