"""A figure over runs: one final value each, one series per address, gaps that stay gaps."""

import json
from collections.abc import Callable
from math import nan
from pathlib import Path
from typing import Any

import pytest
from trend.telemetry import NOISE, Job, retrained, take_in

Ask = Callable[..., Any]


def test_points_are_the_runs_oldest_first(nights: Path, ask: Ask) -> None:
    """The contract's shape: metric, points with run, time and value, change points."""
    found = ask(nights, "auc")
    assert found["metric"] == "auc"
    assert [point["run_id"] for point in found["points"]] == [f"night-{day:02}" for day in range(20)]  # fmt: skip
    assert found["points"][0]["value"] == 0.90
    assert found["points"][0]["occurred_at"].startswith("2026-03-01T12:00:")
    assert found["points"][0]["started_at"] == "2026-03-01T12:00:00Z"
    (series,) = found["series"]
    assert (series["project"], series["run_type"], series["stage"]) == ("churn", "training", "evaluate")  # fmt: skip
    assert series["counted"] == 20
    assert not any(found["left_out"].values())


def test_a_change_is_found_with_what_else_differs(nights: Path, ask: Ask) -> None:
    """Between which runs, from which level to which, and the data, code and setting that differ, data first."""
    (change,) = ask(nights, "auc")["change_points"]
    assert (change["previous_run_id"], change["run_id"]) == ("night-11", "night-12")
    assert change["shift"] == pytest.approx(0.03, abs=0.003)
    assert change["shift"] == pytest.approx(change["after"] - change["before"])
    assert change["verdict"] == "better"
    told = [(item["cause"], item["key"], item["before"], item["after"]) for item in change["differences"]]  # fmt: skip
    assert told == [
        ("data", "customers", "v1", "v2"),
        ("code", "vcs.revision", "abc", "def"),
        ("configuration", "depth", "6", "8"),
    ]


def test_the_band_is_of_what_came_before(nights: Path, ask: Ask) -> None:
    """The run that jumped is outside the band of the runs before it; nothing is, while nothing is usual yet."""
    points = {point["run_id"]: point for point in ask(nights, "auc")["points"]}
    assert points["night-12"]["outside"] is True
    assert points["night-11"]["outside"] is False
    assert points["night-02"]["outside"] is None
    found = ask(nights, "auc", "--no-changes", "--last", "10")
    assert found["band"]["n"] == 9
    assert found["series"][0]["level_since"] is None
    assert found["band"]["low"] < found["band"]["center"] < found["band"]["high"]
    narrow = ask(nights, "auc", "--no-changes", "--last", "10", "--band", "1")["band"]
    assert narrow["high"] - narrow["low"] < found["band"]["high"] - found["band"]["low"]


def test_after_a_change_the_band_is_that_of_the_new_level(nights: Path, ask: Ask) -> None:
    """It spans no two levels: five values of the new one make it, and until then nothing is usual there."""
    found = ask(nights, "auc")
    assert (found["band"]["n"], found["band"]["center"]) == (7, 0.93)
    assert found["band"]["low"] > 0.91
    since = found["series"][0]["level_since"]
    assert (since["index"], since["run_id"]) == (12, "night-12")
    outside = {point["run_id"]: point["outside"] for point in found["points"]}
    assert [outside[f"night-{day}"] for day in range(12, 20)] == [True, None, None, None, None, False, False, False]  # fmt: skip
    both = ask(nights, "auc", "--no-changes")["band"]
    assert both["low"] < 0.90 < found["band"]["low"]


def test_right_after_a_change_nothing_is_usual_yet(tmp_path: Path, ask: Ask, say: Ask) -> None:
    """Three values of another level: no band, and that is said rather than the old one shown."""
    jobs = [retrained(day, 0.9 + NOISE[day % 8]) for day in range(12)]
    jobs += [retrained(day, 0.8 + NOISE[day % 8]) for day in range(12, 15)]
    data = take_in(tmp_path / "d", *jobs)
    found = ask(data, "auc")
    assert found["change_points"][0]["run_id"] == "night-12"
    assert found["band"] is None
    told = say("trend", "auc", "--table", "--data", data).stdout
    assert "another level since night-12: too few values to say what is usual" in told


def test_deployments_stand_between_the_points(nights: Path, ask: Ask) -> None:
    """Where they went live, from which run, and what is live; one that failed never did."""
    found = ask(nights, "auc")
    marks = found["series"][0]["deployments"]
    assert [mark["deployment_id"] for mark in marks] == ["prod-1", "prod-2"]
    first, second = marks
    runs = [point["run_id"] for point in found["points"]]
    assert (runs[first["after_point"]], runs[first["before_point"]]) == ("night-05", "night-06")
    assert runs[second["source_point"]] == "night-14"
    assert (first["active"], second["active"]) == (False, True)
    assert ask(nights, "auc", "--environment", "staging")["deployments"] == []


def test_the_newest_runs_alone(nights: Path, ask: Ask) -> None:
    """`--last` cuts the runs, and says how many it left out."""
    found = ask(nights, "auc", "--last", "4")
    assert [point["run_id"] for point in found["points"]] == ["night-16", "night-17", "night-18", "night-19"]  # fmt: skip
    assert found["left_out"]["older"] == 16
    assert len(ask(nights, "auc", "--last", "0")["points"]) == 20


def test_a_doubtful_run_is_marked(nights: Path, ask: Ask) -> None:
    """A run with degraded evidence keeps its figure, with how many markers it has."""
    point = ask(nights, "auc")["points"][17]
    assert (point["degraded_count"], point["gap"]) == (1, None)


def test_what_rests_on_quarantined_data_is_no_measure(tmp_path: Path, ask: Ask) -> None:
    """The figure is drawn and marked; it is neither usual nor part of a level."""
    jobs = [retrained(day, 0.9 + NOISE[day % 8], version="v1") for day in range(6)]
    jobs += [retrained(day, 0.99, version="bad") for day in range(6, 10)]
    jobs += [retrained(day, 0.9, version="v1") for day in range(10, 12)]
    told = {"contexta.relation.type": "quarantined_by", "contexta.relation.from": "customers@bad", "contexta.relation.to": "board"}  # fmt: skip
    jobs[0].event("contexta.relation", told)
    found = ask(take_in(tmp_path / "d", *jobs), "auc")
    marked = [point["run_id"] for point in found["points"] if point["tainted"]]
    assert marked == [f"night-{day:02}" for day in range(6, 10)]
    assert found["points"][6]["tainted"]["source"] == "customers@bad"
    assert found["left_out"]["tainted"] == 4
    assert found["series"][0]["counted"] == 8
    assert found["change_points"] == []
    assert found["band"]["high"] < 0.99


def test_gaps_are_counted_never_zero(tmp_path: Path, ask: Ask) -> None:
    """A run without the metric, NaN, infinity, a run still open, one of another unit: each a gap of its own kind."""
    jobs = [Job(f"r{day}", day).metric("p95", 10.0 + day, unit="ms") for day in range(2, 8)]
    jobs.append(Job("before", 0))
    jobs.append(Job("missing", 10))
    jobs.append(Job("nan", 11).metric("p95", nan, unit="ms"))
    jobs.append(Job("infinite", 12).metric("p95", float("inf"), unit="ms"))
    jobs.append(Job("seconds", 13).metric("p95", 0.014, unit="s"))
    jobs.append(Job("newest", 14).metric("p95", 19.0, unit="ms"))
    died = Job("died", 9).metric("p95", 900.0, unit="ms")
    found = ask(take_in(tmp_path / "d", *jobs, open_ones=(died,)), "p95")
    ms = [point for point in found["points"] if point["series"] == 0]
    gaps = {point["run_id"]: point["gap"] for point in ms if point["gap"]}
    assert gaps == {"missing": "missing", "nan": "nan", "infinite": "infinite", "seconds": "other_unit"}  # fmt: skip
    values = {point["run_id"]: point["value"] for point in ms}
    assert (values["missing"], values["seconds"]) == (None, None)
    assert (values["nan"], values["infinite"]) == ("NaN", "Infinity")
    left_out = found["series"][0]["left_out"]
    assert (left_out["missing"], left_out["nan"], left_out["infinite"], left_out["other_unit"]) == (1, 1, 1, 1)  # fmt: skip
    assert left_out["before_first"] == 1
    assert left_out["not_final"] == 1, "the run that died has a value, and it is in no statistic"
    assert {point["run_id"]: point["status"] for point in ms}["died"] == "interrupted"
    assert found["series"][0]["counted"] == 7
    assert found["series"][1]["unit"] == "s"


def test_nothing_is_put_together_that_is_not_the_same(tmp_path: Path, ask: Ask) -> None:
    """Stages, slices, units, aggregations, operations, run types and projects are series of their own."""
    jobs = [
        Job("a", 0)
        .stage("train")
        .metric("acc", 0.1, stage="train")
        .metric("acc", 0.2, stage="evaluate")
        .metric("acc", 0.3, stage="evaluate", slice="north")
        .metric("acc", 0.4, stage="evaluate", unit="%")
        .metric("acc", 0.5, stage="evaluate", aggregation="p95")
        .metric("acc", 0.6, stage="evaluate", operation="fold", scope="operation"),
        Job("b", 1, type="evaluation").metric("acc", 0.7, stage="evaluate"),
        Job("c", 2, project="other").metric("acc", 0.8, stage="evaluate"),
    ]
    data = take_in(tmp_path / "d", *jobs)
    found = ask(data, "acc")
    assert sorted(point["value"] for point in found["points"]) == [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8]  # fmt: skip
    assert len(found["series"]) == 8
    assert (found["band"], found["drift"]) == (None, None)
    for words, value in (
        (("--project", "other"), 0.8),
        (("--type", "evaluation"), 0.7),
        (("--slice", "north"), 0.3),
        (("--stage", "train"), 0.1),
        (("--scope", "operation"), 0.6),
    ):
        (point,) = ask(data, "acc", *words)["points"]
        assert point["value"] == value


def test_the_final_value_is_the_figure_itself_else_the_last_step(tmp_path: Path, ask: Ask) -> None:
    """A value without a step wins over steps; among steps the last; batches as the metric says they are put together."""
    jobs = [
        Job("whole", 0).metric("loss", 9.0, step=3).metric("loss", 0.5).metric("loss", 8.0, step=4),
        Job("steps", 1).metric("loss", 0.2, step=7).metric("loss", 0.9, step=1),
    ]
    data = take_in(tmp_path / "d", *jobs)
    assert [point["value"] for point in ask(data, "loss")["points"]] == [0.5, 0.2]
    folds = Job("folds", 0).stage("cv")
    for name, value in (("f1", 0.8), ("f2", 0.6)):
        folds.metric("acc", value, stage="cv", batch=name, scope="batch")
        folds.metric("p95", value, stage="cv", batch=name, scope="batch", aggregation="p95")
    data = take_in(tmp_path / "e", folds)
    (point,) = ask(data, "acc")["points"]
    assert (point["value"], point["parts"]) == (pytest.approx(0.7), 2)
    (point,) = ask(data, "p95")["points"]
    assert (point["value"], point["gap"]) == (None, "unknown"), "percentiles cannot be put together"


def test_mean_scores_of_samples(tmp_path: Path, ask: Ask) -> None:
    """A sample score has a trend too: the mean of each run's samples, how many, on a slice if asked."""
    jobs = []
    for day, base in enumerate((0.8, 0.6)):
        job = Job(f"e{day}", day, type="evaluation").stage("evaluate")
        job.sample("s1", faithfulness=base, slices=("refunds",)).sample("s2", faithfulness=base + 0.1)  # fmt: skip
        jobs.append(job)
    data = take_in(tmp_path / "d", *jobs)
    found = ask(data, "faithfulness")
    assert [point["value"] for point in found["points"]] == [pytest.approx(0.85), pytest.approx(0.65)]  # fmt: skip
    assert [point["sample_count"] for point in found["points"]] == [2, 2]
    assert (found["series"][0]["scope"], found["series"][0]["aggregation"]) == ("sample", "mean")
    (series,) = ask(data, "faithfulness", "--slice", "refunds")["series"]
    assert series["slice"] == "refunds"


def test_durations_sizes_and_failure_rates(tmp_path: Path, ask: Ask) -> None:
    """Other figures of a run, by the same command."""
    jobs = []
    for day in range(3):
        job = Job(f"r{day}", day, minutes=10 + day).stage("evaluate", minutes=2 + day)
        job.artifact(f"m{day}", "model_bundle", stage="evaluate", size_bytes=1000 * (day + 1))
        job.sample("s1", status="failed", tags=("unsupported_claim",)).sample("s2", status="passed")
        job.sample("s3", status="passed" if day else "failed").sample("s4")
        jobs.append(job)
    jobs[2].artifact("m2b", "model_bundle", stage="evaluate")
    data = take_in(tmp_path / "d", *jobs)
    minute = 60_000
    found = ask(data, "run", "--of", "duration")
    assert [point["value"] for point in found["points"]] == [10 * minute, 11 * minute, 12 * minute]
    assert (found["series"][0]["unit"], found["series"][0]["higher_is_better"]) == ("ms", False)
    found = ask(data, "evaluate", "--of", "duration")
    assert [point["value"] for point in found["points"]] == [2 * minute, 3 * minute, 4 * minute]
    found = ask(data, "model_bundle", "--of", "artifact-size")
    assert [point["value"] for point in found["points"]] == [1000, 2000, None]
    assert found["points"][2]["gap"] == "unknown", "one of the two has no known size"
    found = ask(data, "samples", "--of", "failure-rate")
    assert [point["value"] for point in found["points"]] == [pytest.approx(2 / 3), pytest.approx(1 / 3), pytest.approx(1 / 3)]  # fmt: skip
    assert found["points"][0]["sample_count"] == 3, "of s4 it is not known how it ended"
    found = ask(data, "unsupported_claim", "--of", "failure-rate")
    assert [point["value"] for point in found["points"]] == [pytest.approx(1 / 3)] * 3


def test_no_direction_gives_no_verdict(tmp_path: Path, ask: Ask) -> None:
    """An undeclared direction is not guessed from the name."""
    jobs = [Job(f"r{day}", day).metric("accuracy", (0.9 if day < 6 else 0.5) + NOISE[day % 8]) for day in range(12)]  # fmt: skip
    (change,) = ask(take_in(tmp_path / "d", *jobs), "accuracy")["change_points"]
    assert change["verdict"] == "no_direction"
    assert change["shift"] < 0


def test_no_change_is_found_in_nothing(tmp_path: Path, ask: Ask) -> None:
    """A steady metric has none, and `--no-changes` looks for none."""
    jobs = [Job(f"r{day}", day).metric("acc", 0.9) for day in range(8)]
    data = take_in(tmp_path / "d", *jobs)
    assert ask(data, "acc")["change_points"] == []


def test_an_unknown_metric_is_undecided_with_near_names(nights: Path, say: Ask) -> None:
    """Exit code 3, the nearest names, the command to type."""
    told = say("trend", "aux", "--data", nights, code=3).stderr
    assert "there is no metric or sample score 'aux'" in told
    assert "nearest: auc" in told
    assert "contexta trend auc" in told
    told = say("trend", "auc", "--slice", "north", "--data", nights, code=3).stderr
    assert "known of 20 runs" in told
    assert "slice north" in told
    say("trend", "model", "--of", "artifact-size", "--data", nights, code=3)
    say("trend", "auc", "--run", "night-01", "--of", "duration", "--data", nights, code=2)


def test_json_is_the_same_bytes_again(nights: Path, say: Ask) -> None:
    """No clock and no order of arrival in it."""
    first = say("trend", "auc", "--json", "--data", nights).stdout
    assert first == say("trend", "auc", "--json", "--data", nights).stdout
    assert json.loads(first)
