"""Whether two runs may be held against each other, and what follows where they may not."""

import random
from typing import Any

import pytest
from compare.conftest import CompareStories, codes, figure, whole_run
from compare.emission import Run

from contexta_processor.investigate.compare.result import Comparison


def measured(run: Run, count: int = 60, *, first: int = 0, shift: float = 0.0) -> Run:
    """Samples with a judged score, a latency and a status, and figures that name the directions."""
    rng = random.Random(first + 1)
    for number in range(first, first + count):
        run.sample(
            f"s{number:04}",
            status="passed" if rng.random() < 0.8 else "failed",
            faithfulness=0.7 + shift + rng.gauss(0, 0.02),
            latency=100 + 100 * shift + rng.gauss(0, 2),
        )
    run.metric("faithfulness", 0.1, stage="prepare", higher_is_better=True)
    return run.metric("latency", 1.0, stage="prepare", unit="ms", higher_is_better=False)


def told(result: Comparison, code: str) -> dict[str, Any]:
    """The one reason with this code."""
    (reason,) = [each.to_dict() for each in result.reasons if each.code == code]
    return reason


def test_two_runs_under_one_condition_are_comparable(compare_stories: CompareStories) -> None:
    """Same data, samples, scorer, machine and whole evidence: nothing limits the comparison."""
    runs = measured(whole_run("before")), measured(whole_run("after"))
    for run in runs:
        run.artifact("eval_set", "dataset_snapshot", role="consumed", sha256="1" * 64)
    result = compare_stories(*runs)
    assert (result.comparability, codes(result)) == ("comparable", set())


def test_another_judge_makes_judged_scores_incomparable(compare_stories: CompareStories) -> None:
    """Another judge model: no verdict on what it judged; what is measured is not touched."""
    baseline = measured(whole_run("before")).configuration(**{"judge.model": "judge-a"})
    candidate = measured(whole_run("after"), shift=0.2).configuration(**{"judge.model": "judge-b"})
    result = compare_stories(baseline, candidate)
    judged = figure(result, "faithfulness", scope="sample")
    assert (judged.verdict, judged.delta) == ("not_comparable", None)
    assert "judge.model judge-a → judge-b" in judged.method
    assert figure(result, "passed").verdict == "not_comparable"
    assert figure(result, "latency", scope="sample").verdict == "worse"
    assert told(result, "different_scorer")["severity"] == "error"
    assert result.overall.word == "worse"


def test_a_judge_of_one_metric_concerns_that_metric_alone(compare_stories: CompareStories) -> None:
    """A key that names a metric; and how fast a judge is asked is nothing to the scores."""
    baseline = measured(whole_run("before")).configuration(
        **{"judge.faithfulness.prompt": "v1", "judge.timeout": 10}
    )
    candidate = measured(whole_run("after")).configuration(
        **{"judge.faithfulness.prompt": "v2", "judge.timeout": 60}
    )
    result = compare_stories(baseline, candidate)
    assert figure(result, "faithfulness", scope="sample").verdict == "not_comparable"
    assert figure(result, "passed").verdict != "not_comparable"
    assert "faithfulness" in told(result, "different_scorer")["detail"]


def test_a_scorer_told_with_the_metric_counts(compare_stories: CompareStories) -> None:
    """An attribute of the metric itself says who scored it."""
    runs = whole_run("before"), whole_run("after")
    for run, scorer in zip(runs, ("exact", "fuzzy"), strict=True):
        address = {"contexta.metric.name": "match", "contexta.metric.value": 0.9, "scorer": scorer}
        run.event("contexta.metric", address).metric("other", 1.0, higher_is_better=True)
    result = compare_stories(*runs)
    assert figure(result, "match").verdict == "not_comparable"
    assert "scorer exact → fuzzy" in figure(result, "match").method
    assert figure(result, "other").verdict == "same"


@pytest.mark.parametrize(
    ("key", "values", "expected"),
    [
        ("sampling.rate", (1.0, 0.1), True),
        ("eval.sample_fraction", (0.5, 0.25), True),
        ("audio.sample_rate", (16000, 22050), False),
        ("subsample", (1.0, 0.8), False),
    ],
)
def test_another_sampling_rate_is_told(
    key: str, values: tuple[float, float], expected: bool, compare_stories: CompareStories
) -> None:
    """A share of the data, and not whatever else is called a rate."""
    runs = [
        whole_run(id).configuration(**{key: value}).metric("m", 1.0, higher_is_better=True)
        for id, value in zip(("before", "after"), values, strict=True)
    ]
    assert ("different_sampling" in codes(compare_stories(*runs))) == expected


def test_timings_of_other_machines_get_no_verdict(compare_stories: CompareStories) -> None:
    """Latency tells of the hardware as well; what does not depend on it keeps its verdict."""
    baseline = measured(whole_run("before"))
    candidate = measured(
        Run("after").environment(python="3.11.8", platform="linux", hardware="gpu-1")
        .configuration(top_k=8).stage("prepare", 0).stage("evaluate", 1), shift=0.2
    )  # fmt: skip
    result = compare_stories(baseline, candidate)
    latency = figure(result, "latency", scope="sample")
    assert (latency.verdict, latency.interval is not None) == ("inconclusive", True)
    assert "other hardware" in (latency.withheld or "")
    assert figure(result, "faithfulness", scope="sample").verdict == "better"
    assert "different_hardware" in codes(result)


def test_lost_samples_take_the_verdict_with_them(compare_stories: CompareStories) -> None:
    """Evidence of the candidate was lost and samples are missing there: which ones may not be chance."""
    baseline, candidate = measured(whole_run("before")), measured(whole_run("after"), 40, shift=0.2)
    candidate.event(
        "contexta.degraded",
        {
            "contexta.degraded.reason": "queue_full",
            "contexta.degraded.category": "transport",
            "contexta.degraded.severity": "error",
        },
    )
    result = compare_stories(baseline, candidate)
    found = figure(result, "faithfulness", scope="sample")
    assert (found.verdict, found.n) == ("inconclusive", 40)
    assert "queue_full in the candidate" in (found.withheld or "")
    assert {"samples_lost", "different_samples", "degraded_evidence"} <= codes(result)


def test_samples_that_are_simply_others_only_limit(compare_stories: CompareStories) -> None:
    """No loss: the pairs that there are carry their verdict; the unpaired are listed."""
    baseline, candidate = (
        measured(whole_run("before")),
        measured(whole_run("after"), 55, first=5, shift=0.2),
    )
    result = compare_stories(baseline, candidate, listed=3)
    assert result.comparability == "limited"
    assert figure(result, "faithfulness", scope="sample").verdict == "better"
    samples = result.samples.to_dict()
    assert (samples["paired"], samples["only_baseline"], samples["total"]) == (55, 5, 60)
    assert samples["only_baseline_ids"] == ["s0000", "s0001", "s0002"]
    assert told(result, "different_samples")["detail"].startswith("55 samples are in both, 5 only")


def test_redaction_forbids_comparing_text(compare_stories: CompareStories) -> None:
    """Scores stand; outputs of redacted samples are not shown."""
    runs = whole_run("before"), whole_run("after")
    for run, status in zip(runs, ("passed", "failed"), strict=True):
        about = {"contexta.sample.output_summary": "secret", "contexta.sample.redacted": True}
        run.sample("s1", status=status, about=about)
    reason = {
        "contexta.degraded.reason": "outputs_redacted",
        "contexta.degraded.category": "redaction",
    }
    runs[1].event("contexta.degraded", {"contexta.stage.name": "evaluate", **reason})
    result = compare_stories(*runs)
    assert told(result, "degraded_evidence")["forbids"] == ["comparing the text of samples"]
    assert [each.candidate_output for each in result.samples.broke] == [None]


def test_the_same_id_with_another_question_is_told(compare_stories: CompareStories) -> None:
    """Ids pair samples; where what they ask or expect is another thing, it is said."""
    runs = whole_run("before"), whole_run("after")
    for run, text in zip(runs, ("how much?", "how many?"), strict=True):
        about = {"contexta.sample.input_summary": text, "contexta.sample.expected_summary": text}
        run.sample("s1", status="passed", about=about).sample("s2", status="passed")
    result = compare_stories(*runs)
    assert {"different_sample_inputs", "different_sample_expectations"} <= codes(result)
    assert told(result, "different_sample_inputs")["detail"].startswith("1 sample")


def test_skipped_samples_are_counted(compare_stories: CompareStories) -> None:
    """What the candidate skipped and the baseline judged is neither broke nor fine."""
    runs = whole_run("before"), whole_run("after")
    for number in range(40):
        runs[0].sample(f"s{number}", status="passed")
        runs[1].sample(f"s{number}", status="skipped" if number < 9 else "passed")
    result = compare_stories(*runs)
    assert (result.samples.skipped, result.samples.broke_count) == (9, 0)
    assert "samples_skipped" in codes(result)
    assert figure(result, "passed").verdict == "inconclusive"
    assert {"type": "samples_skipped", "count": 9} in result.findings


def test_other_data_and_no_sample_in_common_is_refused(compare_stories: CompareStories) -> None:
    """Nothing of it is comparable, however the figures look."""
    runs = measured(whole_run("before")), measured(whole_run("after"), first=500)
    for run, digest in zip(runs, "12", strict=True):
        run.artifact(f"set_{digest}", "dataset_snapshot", role="consumed", sha256=digest * 64)
        run.metric("accuracy", 0.9, higher_is_better=True)
    result = compare_stories(*runs)
    assert result.comparability == "not_comparable"
    assert {each.verdict for each in result.metrics} == {"not_comparable"}
    assert result.overall.word == "not_comparable"
    assert told(result, "different_data_and_samples")["severity"] == "error"


def test_runs_of_other_types_stages_and_projects_are_warned_of(
    compare_stories: CompareStories,
) -> None:
    """A plain warning each; the figures are still shown."""
    baseline = whole_run("before").metric("m", 1.0, higher_is_better=True)
    candidate = whole_run("after", type="training", project="other").metric(
        "m", 1.0, higher_is_better=True
    )
    assert codes(compare_stories(baseline, candidate)) >= {
        "different_project",
        "different_run_type",
    }


@pytest.mark.parametrize("status", ["skipped", "failed"])
def test_a_broken_evaluation_is_never_no_regression(
    status: str, compare_stories: CompareStories
) -> None:
    """A better figure elsewhere doesn't outweigh it: the whole is not comparable."""
    baseline = measured(whole_run("before"))
    candidate = Run("after").environment(python="3.11.8", platform="linux", hardware="cpu-8")
    candidate.configuration(top_k=8).stage("prepare", 0).stage("evaluate", 1, status)
    candidate.metric("faithfulness", 0.1, stage="prepare", higher_is_better=True)
    candidate.metric("latency", 1.0, stage="prepare", unit="ms", higher_is_better=False)
    result = compare_stories(baseline, candidate)
    assert result.overall.word == "not_comparable"
    assert result.overall.sentence.startswith("NOT COMPARABLE: ")
    assert told(result, "stage_not_whole")["forbids"] == [
        "any verdict on figures of stage evaluate"
    ]
    assert result.findings[0]["type"] == "stage_not_whole"


def test_a_figure_that_is_gone_is_no_improvement(compare_stories: CompareStories) -> None:
    """One figure better, one not measured any more: undecided, and said."""
    runs = whole_run("before"), whole_run("after")
    for run, value in zip(runs, (0.5, 0.9), strict=True):
        run.metric("accuracy", value, sample_count=500, higher_is_better=True)
    runs[0].metric("safety", 0.99, higher_is_better=True)
    result = compare_stories(*runs)
    assert figure(result, "accuracy").verdict == "better"
    assert result.overall.word == "inconclusive"
