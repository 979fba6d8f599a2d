"""What `compare` says, and what it refuses to say."""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from compare.emission import Run, take_in
from hypothesis import given, settings
from hypothesis import strategies as st

from contexta_processor.cli.connect import Source
from contexta_processor.cli.main import run as contexta
from contexta_processor.investigate.compare.comparison import Comparison, compare_runs

Compare = Callable[[Run, Run], Comparison]


@pytest.fixture
def compare(tmp_path: Path) -> Compare:
    """Two runs' telemetry, taken in and compared."""

    def of(baseline: Run, candidate: Run) -> Comparison:
        take_in(tmp_path / "data", baseline, candidate)
        with Source.chosen(str(tmp_path / "data"), None).open() as query:
            return compare_runs(query, baseline.id, candidate.id)

    return of


def whole(id: str) -> Run:
    """A run that finished, with where and how it ran."""
    return (
        Run(id)
        .environment(python="3.11.8")
        .configuration(top_k=8)
        .stage("prepare", 0)
        .stage("evaluate", 1)
    )


def metric(result: Comparison, name: str, **where: Any) -> dict[str, Any]:
    """The one metric of that name and place, as its JSON."""
    found = [
        each
        for each in json.loads(json.dumps(result.to_dict()))["comparison"]["metrics"]
        if each["name"] == name and all(each[key] == value for key, value in where.items())
    ]
    assert len(found) == 1, found
    return found[0]


def test_delta_is_candidate_minus_baseline_in_the_documents_shape(compare: Compare) -> None:
    """Document 8's summary: metric, _delta, and the unit where there is one other than 1."""
    baseline, candidate = whole("before"), whole("after")
    for run, accuracy, latency in ((baseline, 0.902, 1611), (candidate, 0.92, 1842)):
        run.metric("accuracy", accuracy, higher_is_better=True, unit="1")
        run.metric("latency_p95", latency, higher_is_better=False, unit="ms")
    result = compare(baseline, candidate)
    told: Any = result.to_dict()["comparison"]
    assert (told["baseline_run"], told["candidate_run"]) == ("before", "after")
    assert result.summary == {"accuracy_delta": 0.018, "latency_p95_delta_ms": 231}
    for name in ("accuracy", "latency_p95"):
        alone = metric(result, name)
        assert (alone["verdict"], alone["interval"]) == ("inconclusive", None), alone
        assert "no uncertainty available" in alone["method"]
    assert result.comparability == "comparable"
    assert [each.code for each in result.reasons if each.severity != "info"] == []


def test_document_8_comes_back(compare: Compare) -> None:
    """The published comparison: every field and sentence of it, from evidence that says so."""
    baseline, candidate = whole("run_2026_04_27_eval_009"), whole("run_2026_05_03_eval_014")
    figures = {
        baseline.id: (0.902, 0.822, 1611, 0.83, "artifact_model_bundle_v16", 155_592_823),
        candidate.id: (0.92, 0.78, 1842, 0.72, "artifact_model_bundle_v17", 184_221_903),
    }
    for run in (baseline, candidate):
        accuracy, faithfulness, latency, refunds, model, size = figures[run.id]
        run.metric("accuracy", accuracy, higher_is_better=True)
        run.metric("faithfulness", faithfulness, higher_is_better=True)
        run.metric("latency_p95", latency, unit="ms")
        run.metric(
            "faithfulness",
            refunds,
            stage="evaluate",
            slice="refund_questions",
            higher_is_better=True,
        )
        run.artifact(model, "model_bundle", role="consumed", size_bytes=size)
        told = {"contexta.sample.retrieval.top_document_ids": ["doc_pricing_faq"]}
        run.event(
            "contexta.sample",
            {"contexta.sample.id": "prompt_042", "contexta.stage.name": "evaluate", **told},
        )
    reason = "sample_outputs_partially_redacted"
    told = {"contexta.degraded.reason": reason, "contexta.degraded.category": "redaction"}
    candidate.event("contexta.degraded", {"contexta.stage.name": "evaluate", **told})
    document = {
        "baseline_run": "run_2026_04_27_eval_009",
        "candidate_run": "run_2026_05_03_eval_014",
        "summary": {
            "accuracy_delta": 0.018,
            "faithfulness_delta": -0.042,
            "latency_p95_delta_ms": 231,
        },
        "notable_findings": [
            {
                "type": "slice_regression",
                "slice": "refund_questions",
                "metric": "faithfulness",
                "delta": -0.11,
            },
            {
                "type": "artifact_growth",
                "artifact": "artifact_model_bundle_v17",
                "size_delta_percent": 18.4,
            },
            {"type": "degraded_evidence", "stage": "evaluate", "reason": reason},
        ],
        "recommended_next_steps": [
            "Inspect failed refund_questions samples.",
            "Compare retrieval outputs for prompts with faithfulness regression.",
            "Review whether partial redaction limits promotion confidence.",
        ],
    }
    found = json.loads(json.dumps(compare(baseline, candidate).to_dict()))["comparison"]
    for field in ("baseline_run", "candidate_run", "summary"):
        assert found[field] == document[field]
    for finding in document["notable_findings"]:
        assert any(finding.items() <= each.items() for each in found["notable_findings"]), finding
    assert [
        step
        for step in found["recommended_next_steps"]
        if step in document["recommended_next_steps"]
    ] == document["recommended_next_steps"]


def test_scopes_stages_and_slices_are_never_collapsed(compare: Compare) -> None:
    """The same name in another scope, stage or slice is another row."""
    baseline, candidate = whole("before"), whole("after")
    for run, shift in ((baseline, 0.0), (candidate, 0.01)):
        run.metric("f1", 0.5 + shift, higher_is_better=True)
        run.metric("f1", 0.6 + shift, stage="prepare", higher_is_better=True)
        run.metric("f1", 0.7 + shift, stage="evaluate", higher_is_better=True)
        run.metric("f1", 0.8 + shift, stage="evaluate", slice="long", higher_is_better=True)
        run.metric("f1", 0.9 + shift, stage="evaluate", slice="short", higher_is_better=True)
    result = compare(baseline, candidate)
    assert [(each.scope, each.stage, each.slice, each.delta) for each in result.metrics] == [
        ("run", None, None, 0.01),
        ("slice", "evaluate", "long", 0.01),
        ("slice", "evaluate", "short", 0.01),
        ("stage", "evaluate", None, 0.01),
        ("stage", "prepare", None, 0.01),
    ]


def test_the_last_step_counts_and_a_final_figure_before_it(compare: Compare) -> None:
    """A curve gives its last step; a value without a step is the figure itself."""
    baseline, candidate = whole("before"), whole("after")
    for run in (baseline, candidate):
        for step, value in ((2, 0.3), (0, 0.9), (1, 0.5)):
            run.metric("loss", value, stage="evaluate", step=step, higher_is_better=False)
        run.metric("auc", 0.5, step=10, higher_is_better=True)
        run.metric("auc", 0.8, higher_is_better=True)
    result = compare(baseline, candidate)
    assert metric(result, "loss")["baseline"] == 0.3
    assert metric(result, "auc")["baseline"] == 0.8


@pytest.mark.parametrize(
    ("aggregation", "expected"),
    [(None, 2.0), ("mean", 2.0), ("sum", 4.0), ("min", 1.0), ("max", 3.0), ("p95", None)],
)
def test_batches_are_put_together_as_they_were_aggregated(
    aggregation: str | None, expected: float | None, compare: Compare
) -> None:
    """Sums add, extremes stay extremes, percentiles of several batches cannot be put together."""
    baseline, candidate = whole("before"), whole("after")
    for run in (baseline, candidate):
        for batch, value in (("b0", 1.0), ("b1", 3.0)):
            run.metric(
                "v", value, stage="evaluate", scope="batch", batch=batch, aggregation=aggregation
            )
    found = metric(compare(baseline, candidate), "v")
    assert found["baseline"] == expected
    assert (found["verdict"] == "not_comparable") == (expected is None)


def test_a_missing_figure_is_not_comparable_and_never_zero(compare: Compare) -> None:
    """Present on one side only: no delta, not in the summary, said in the findings."""
    baseline = (
        whole("before")
        .metric("accuracy", 0.9, higher_is_better=True)
        .metric("f1", 0.0, higher_is_better=True)
    )
    result = compare(baseline, whole("after").metric("f1", 0.0, higher_is_better=True))
    found = metric(result, "accuracy")
    assert (found["candidate"], found["delta"], found["verdict"]) == (None, None, "not_comparable")
    assert "candidate does not have it" in found["method"]
    assert result.summary == {"f1_delta": 0}
    assert {"type": "metric_missing", "metric": "accuracy", "side": "candidate"} in result.findings


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_value_that_is_no_number_is_not_comparable(value: float, compare: Compare) -> None:
    """A diverged loss is neither better nor worse, and the JSON stays JSON."""
    baseline = whole("before").metric("loss", 0.5, higher_is_better=False)
    result = compare(baseline, whole("after").metric("loss", value, higher_is_better=False))
    found = next(each for each in result.metrics if each.name == "loss")
    assert (found.delta, found.verdict) == (None, "not_comparable")


def test_an_undeclared_direction_gives_no_verdict(compare: Compare) -> None:
    """Without higher_is_better a difference is a difference."""
    result = compare(whole("before").metric("tokens", 10), whole("after").metric("tokens", 12))
    assert metric(result, "tokens")["verdict"] == "no_direction"
    assert metric(result, "tokens")["delta"] == 2


def test_opposite_directions_and_other_units_are_not_comparable(compare: Compare) -> None:
    """Figures that mean different things are not subtracted."""
    baseline = whole("before").metric("a", 1, higher_is_better=True).metric("t", 1, unit="s")
    candidate = whole("after").metric("a", 2, higher_is_better=False).metric("t", 900, unit="ms")
    result = compare(baseline, candidate)
    assert metric(result, "a")["verdict"] == "not_comparable"
    assert "ms" in metric(result, "t")["method"]
    assert result.comparability == "not_comparable"


@pytest.mark.parametrize("status", ["skipped", "failed", "interrupted"])
def test_a_skipped_evaluation_is_not_held_against_a_whole_one(
    status: str, compare: Compare
) -> None:
    """Nothing that rests on the stage is compared, however good the numbers look."""
    baseline = whole("before").metric("accuracy", 0.9, stage="evaluate", higher_is_better=True)
    baseline.metric("total", 0.9, higher_is_better=True)
    candidate = Run("after").environment(python="3.11.8").configuration(top_k=8).stage("prepare", 0)
    candidate.stage("evaluate", 1, status).metric(
        "accuracy", 0.99, stage="evaluate", higher_is_better=True
    )
    candidate.metric("total", 0.99, higher_is_better=True)
    result = compare(baseline, candidate)
    assert {each.verdict for each in result.metrics} == {"not_comparable"}
    assert result.summary == {}
    assert result.comparability == "not_comparable"
    assert "stage_not_whole" in [reason.code for reason in result.reasons]
    assert result.first_stage_moved == "evaluate"


def test_scores_are_paired_by_sample(compare: Compare) -> None:
    """Only samples in both runs make the delta; the others are counted."""
    baseline, candidate = whole("before"), whole("after")
    for number in range(40):
        baseline.sample(f"s{number}", slices=["a"] if number < 35 else ["b"], quality=0.5)
    for number in range(2, 45):
        candidate.sample(f"s{number}", slices=["a"] if number < 35 else ["b"], quality=0.6)
    baseline.metric("quality", 0.5, higher_is_better=True)
    candidate.metric("quality", 0.6, higher_is_better=True)
    result = compare(baseline, candidate)
    overall = metric(result, "quality", scope="sample", slice=None)
    assert (overall["n"], overall["delta"], overall["verdict"]) == (38, 0.1, "better")
    assert metric(result, "quality", scope="sample", slice="a")["n"] == 33
    few = metric(result, "quality", scope="sample", slice="b")
    assert (few["n"], few["verdict"]) == (5, "inconclusive")
    assert (result.samples.paired, result.samples.only_baseline, result.samples.only_candidate) == (
        38,
        2,
        5,
    )
    assert result.comparability == "limited"


def test_samples_that_broke_and_that_were_fixed(compare: Compare) -> None:
    """By status; a failure tag is a failure; no word at all decides nothing."""
    baseline = whole("before").metric("m", 1)
    baseline.sample("broke", status="passed", slices=["x"]).sample("fixed", status="failed")
    baseline.sample("tagged", status="passed").sample("silent").sample("same", status="failed")
    candidate = whole("after").metric("m", 1)
    candidate.sample("broke", status="failed", slices=["x"], tags=["wrong"]).sample(
        "fixed", status="passed"
    )
    candidate.sample("tagged", tags=["late"]).sample("silent", status="failed").sample(
        "same", status="error"
    )
    samples = compare(baseline, candidate).samples
    assert [each.sample_id for each in samples.broke] == ["broke", "tagged"]
    assert [each.sample_id for each in samples.fixed] == ["fixed"]
    assert samples.broke[0].to_dict() == {
        "sample_id": "broke",
        "stage": "evaluate",
        "baseline": "passed",
        "candidate": "failed",
        "slices": ["x"],
        "failure_tags": ["wrong"],
        "baseline_output": None,
        "candidate_output": None,
    }
    assert samples.undecided == 1


def test_what_else_differs_is_told_by_cause(compare: Compare) -> None:
    """Code, data, environment, configuration and hardware; only what differs."""
    baseline = Run("before").environment(
        "aaa", python="3.11.8", cuda="12.4", packages=["torch==2.4", "numpy==2.0"]
    )
    baseline.configuration(top_k=6, same=1).artifact(
        "eval_v1", "dataset_snapshot", role="consumed", sha256="1" * 64
    )
    candidate = Run("after").environment(
        "bbb", python="3.12.1", cuda="12.6", packages=["torch==2.5", "numpy==2.0"]
    )
    candidate.configuration(top_k=8, same=1).artifact(
        "eval_v2", "dataset_snapshot", role="consumed", sha256="2" * 64
    )
    result = compare(baseline.metric("m", 1), candidate.metric("m", 1))
    assert [
        (each.cause, each.key, each.baseline, each.candidate) for each in result.differences
    ] == [
        ("data", "dataset_snapshot", "eval_v1 111111111111", "eval_v2 222222222222"),
        ("code", "vcs.revision", "aaa", "bbb"),
        ("configuration", "top_k", "6", "8"),
        ("environment", "package:torch", "2.4", "2.5"),
        ("hardware", "cuda", "12.4", "12.6"),
        ("environment", "python", "3.11.8", "3.12.1"),
    ]
    assert "different_data" in [reason.code for reason in result.reasons]


def test_a_run_without_an_environment_record_differs_in_nothing_it_did_not_say(
    compare: Compare,
) -> None:
    """Unknown is a limit of the comparison, not three hundred removed packages."""
    baseline = Run("before").metric("m", 1).configuration(a=1)
    candidate = (
        Run("after").metric("m", 1).configuration(a=1).environment(python="3.11", packages=["a==1"])
    )
    result = compare(baseline, candidate)
    assert result.differences == ()
    assert "no_environment_record" in [reason.code for reason in result.reasons]


def test_an_artifact_that_grew_is_a_finding(compare: Compare) -> None:
    """As in document 8: percent of the baseline's size, of the candidate's artifact."""
    baseline = (
        whole("before").metric("m", 1).artifact("model_v16", "model_bundle", size_bytes=155_592_823)
    )
    candidate = (
        whole("after").metric("m", 1).artifact("model_v17", "model_bundle", size_bytes=184_221_903)
    )
    assert {
        "type": "artifact_growth",
        "artifact": "model_v17",
        "size_delta_percent": 18.4,
    } in compare(baseline, candidate).findings


def test_slices_that_lost_are_findings_worst_first(compare: Compare) -> None:
    """The slice with the largest loss against its own baseline comes first, and leads to its samples."""
    baseline, candidate = whole("before"), whole("after")
    for slice, before, after in (("a", 0.8, 0.77), ("refunds", 0.83, 0.72), ("c", 0.5, 0.6)):
        baseline.metric(
            "faithfulness", before, stage="evaluate", slice=slice, higher_is_better=True
        )
        candidate.metric(
            "faithfulness", after, stage="evaluate", slice=slice, higher_is_better=True
        )
    result = compare(baseline, candidate)
    lost = [each for each in result.findings if each["type"] == "slice_regression"]
    assert [(each["slice"], each["delta"]) for each in lost] == [("refunds", -0.11), ("a", -0.03)]
    assert result.next_steps[0] == "Inspect failed refunds samples."


def test_the_first_stage_that_moved_is_the_first_in_the_pipeline(compare: Compare) -> None:
    """In pipeline order, whatever came in first."""
    baseline = whole("before").metric("z", 1, stage="evaluate").metric("rows", 10, stage="prepare")
    candidate = whole("after").metric("z", 2, stage="evaluate").metric("rows", 9, stage="prepare")
    assert compare(baseline, candidate).first_stage_moved == "prepare"


def test_the_same_run_twice_differs_in_nothing(compare: Compare) -> None:
    """A run compared with one that says the same: all same, no findings."""
    result = compare(
        whole("before").metric("m", 0.1 + 0.2, higher_is_better=True),
        whole("after").metric("m", 0.1 + 0.2, higher_is_better=True),
    )
    assert {each.verdict for each in result.metrics} == {"same"}
    assert (result.findings, result.differences, result.first_stage_moved) == ((), (), None)


def test_two_runs_without_a_figure_are_not_comparable(compare: Compare) -> None:
    """Nothing to compare is not "no regression"."""
    result = compare(Run("before"), Run("after"))
    assert result.comparability == "not_comparable"
    assert result.reasons[0].code == "nothing_comparable"


@settings(deadline=None)
@given(st.floats(-1e6, 1e6, allow_nan=False), st.floats(-1e6, 1e6, allow_nan=False))
def test_a_difference_is_antisymmetric_and_true_to_twelve_digits(a: float, b: float) -> None:
    """Swapping the sides changes the sign alone; rounding only removes float noise."""
    from contexta_processor.investigate.compare.metrics import difference

    assert difference(a, b) == -difference(b, a)
    assert difference(a, b) == pytest.approx(b - a, rel=1e-11, abs=1e-300)
    assert difference(a, a) == 0


@pytest.mark.parametrize("flag", ["--json", "--csv", "--md", "--table"])
def test_compare_ends_with_0_however_bad_the_news(
    flag: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`gate` judges; `compare` tells."""
    baseline, candidate = whole("before"), whole("after")
    for number in range(40):
        baseline.sample(f"s{number}", status="passed")
        candidate.sample(f"s{number}", status="failed")
    take_in(tmp_path, baseline, candidate)
    assert contexta(["compare", "before", "after", flag, "--data", str(tmp_path)]) == 0
    assert "worse" in capsys.readouterr().out


def test_a_run_that_is_not_there_is_undecided(tmp_path: Path) -> None:
    """Exit code 3."""
    take_in(tmp_path, whole("before").metric("m", 1))
    assert contexta(["compare", "before", "nowhere", "--data", str(tmp_path)]) == 3
