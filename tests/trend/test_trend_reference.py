"""Drift from a reference, over runs; and figures over steps and over the time of deployments."""

from collections.abc import Callable
from math import nan
from pathlib import Path
from random import Random
from typing import Any

import pytest
from trend.telemetry import Job, Services, take_in

Ask = Callable[..., Any]


@pytest.fixture(scope="module")
def weeks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten evaluations with scored samples; the last five score lower."""
    jobs = [Job("train", 0, type="training").metric("accuracy", 0.95).artifact("bundle", "model_bundle")]  # fmt: skip
    for day in range(10):
        random = Random(day)
        low = 0.0 if day < 5 else -0.2
        job = Job(f"eval-{day}", day + 1, type="evaluation").stage("evaluate")
        for sample in range(60):
            job.sample(f"s{sample}", quality=0.7 + low + random.gauss(0, 0.05))
        jobs.append(job.metric("accuracy", 0.9 + low / 2 + 0.001 * (day % 3)))
    return take_in(tmp_path_factory.mktemp("weeks") / "data", *jobs)


def test_drift_from_a_stretch(weeks: Path, ask: Ask) -> None:
    """`A..B`: what came after beside what was between, with Welch's interval."""
    found = ask(weeks, "accuracy", "--type", "evaluation", "--against", "eval-0..eval-4")
    drift = found["drift"]
    assert (drift["kind"], drift["reference_n"], drift["n"]) == ("stretch", 5, 5)
    assert drift["delta"] == pytest.approx(-0.1, abs=0.002)
    assert drift["interval"][0] < -0.1 < drift["interval"][1] < 0
    assert drift["reference_runs"] == [f"eval-{day}" for day in range(5)]


def test_drift_from_a_run_of_the_trend(weeks: Path, ask: Ask) -> None:
    """The runs after it beside the one; a single value has no interval, and says so."""
    drift = ask(weeks, "accuracy", "--type", "evaluation", "--against", "eval-6")["drift"]
    assert (drift["kind"], drift["reference_n"], drift["n"]) == ("run", 1, 3)
    assert drift["interval"] is None
    assert "2 values" in drift["detail"]


def test_drift_from_another_run_or_what_it_made(weeks: Path, ask: Ask) -> None:
    """A training run of the same metric, or the artifact it produced."""
    for reference in ("train", "bundle"):
        drift = ask(weeks, "accuracy", "--type", "evaluation", "--against", reference)["drift"]
        assert (drift["reference_center"], drift["reference_runs"]) == (0.95, ["train"])
        assert drift["n"] == 10
        assert drift["kind"] == ("run" if reference == "train" else "artifact")


def test_the_samples_themselves_are_compared(weeks: Path, ask: Ask) -> None:
    """Against a run, mean scores come with the distance between the samples' distributions."""
    drift = ask(weeks, "quality", "--against", "eval-0")["drift"]
    assert drift["ks"] > 0.8
    assert drift["ks_p"] < 1e-6
    assert drift["psi"] > 0.25
    same = ask(weeks, "quality", "--against", "eval-0", "--last", "0", "--stage", "evaluate")
    assert same["drift"]["latest_delta"] < -0.15


def test_a_reference_nobody_knows_is_undecided(weeks: Path, say: Ask) -> None:
    """Exit code 3, and what could be named."""
    say("trend", "accuracy", "--against", "nobody", "--data", weeks, code=3)
    told = say("trend", "quality", "--against", "train", "--data", weeks, code=3).stderr
    assert "has no value of 'quality'" in told
    say("trend", "accuracy", "--against", "eval-4..eval-2", "--type", "evaluation", "--data", weeks, code=3)  # fmt: skip


def test_over_the_steps_of_one_run(tmp_path: Path, ask: Ask) -> None:
    """In order of step, NaN a gap; a value told twice stands once; the figure without a step is no step."""
    job = Job("r", 0).stage("train")
    for step in reversed(range(60)):
        value = nan if step == 30 else 5.0 if step == 40 else 1.0 / (step + 1)
        job.metric("loss", value, stage="train", step=step)
    job.metric("loss", 0.5, stage="train", step=59).metric("loss", 0.01, stage="train")
    data = take_in(tmp_path / "d", job)
    found = ask(data, "loss", "--run", "r")
    assert found["run_id"] == "r"
    assert [point["step"] for point in found["points"]] == list(range(60))
    assert (found["points"][30]["gap"], found["points"][30]["value"]) == ("nan", "NaN")
    assert found["points"][59]["value"] == 0.5
    assert found["left_out"]["repeated"] == 1
    assert found["left_out"]["without_step"] == 1
    assert found["left_out"]["nan"] == 1
    assert [spike["step"] for spike in found["series"][0]["spikes"] if spike["deviation"] > 100] == [40]  # fmt: skip
    assert found["change_points"] == [], "a curve moves by design"
    assert ask(data, "loss", "--run", "r", "--changes")["change_points"] != []
    assert [p["step"] for p in ask(data, "loss", "--run", "r", "-n", "3")["points"]] == [57, 58, 59]
    drift = ask(data, "loss", "--run", "r", "--against", "0..9")["drift"]
    assert (drift["reference_n"], drift["n"]) == (10, 49)


def test_production_metrics_over_time(tmp_path: Path, ask: Ask) -> None:
    """What services measure is one line per environment, each point with its deployment, deployments marked."""
    services = Services().deployment("v1", 0.5).deployment("v2", 10.5)
    services.gauge("v1", "psi", {1 + day: 0.05 + 0.01 * (day % 2) for day in range(9)})
    services.gauge("v2", "psi", {11 + day: 0.25 + 0.01 * (day % 2) for day in range(9)})
    data = take_in(tmp_path / "d", services=services)
    found = ask(data, "psi")
    (series,) = found["series"]
    assert (series["over"], series["environment"]) == ("time", "production")
    assert {point["deployment_id"] for point in found["points"]} == {"v1", "v2"}
    assert {point["run_id"] for point in found["points"]} == {None}
    (change,) = found["change_points"]
    assert change["deployment_id"] == "v2"
    mark = series["deployments"][1]
    points = found["points"]
    assert (points[mark["after_point"]]["deployment_id"], points[mark["before_point"]]["deployment_id"]) == ("v1", "v2")  # fmt: skip
    drift = ask(data, "psi", "--against", "v1")["drift"]
    assert (drift["kind"], drift["reference_n"], drift["n"]) == ("deployment", 9, 9)
    assert drift["delta"] == pytest.approx(0.2, abs=0.011)
    days = ask(data, "psi", "--against", "2026-03-01..2026-03-05")["drift"]
    assert days["reference_n"] == 4, "a day as an end includes itself"


def test_what_is_measured_at_the_same_time_stays_apart(tmp_path: Path, ask: Ask) -> None:
    """Two deployments live at once, and points of different attributes, are series of their own."""
    services = Services().deployment("main", 0).deployment("canary", 0.1)
    services.gauge("main", "p95", {1: 10, 2: 11, 3: 12}, route="/ask")
    services.gauge("main", "p95", {1: 20, 2: 21, 3: 22}, route="/tell")
    services.gauge("canary", "p95", {1.5: 30, 2.5: 31}, route="/ask")
    found = ask(take_in(tmp_path / "d", services=services), "p95")
    told = {
        (series["deployment_id"], series["attributes"]["route"]): [
            point["value"] for point in found["points"] if point["series"] == number
        ]
        for number, series in enumerate(found["series"])
    }
    assert told == {
        ("canary", "/ask"): [30, 31],
        ("main", "/ask"): [10, 11, 12],
        (None, "/tell"): [20, 21, 22],
    }


def test_services_of_two_projects_in_one_environment_stay_apart(tmp_path: Path, ask: Ask) -> None:
    """Both in production, one after the other: two series, each with its own deployments."""
    services = Services().deployment("churn-1", 0, run="a").deployment("ads-1", 0, run="b")
    services.gauge("churn-1", "p95", {1: 10, 2: 11}).gauge("ads-1", "p95", {3: 90, 4: 91})
    jobs = (Job("a", 0, project="churn"), Job("b", 0, project="ads"))
    found = ask(take_in(tmp_path / "d", *jobs, services=services), "p95")
    assert [series["project"] for series in found["series"]] == ["ads", "churn"]
    assert [[mark["deployment_id"] for mark in series["deployments"]] for series in found["series"]] == [["ads-1"], ["churn-1"]]  # fmt: skip
    (series,) = ask(tmp_path / "d", "p95", "--project", "ads")["series"]
    assert series["project"] == "ads"


def test_the_reference_a_metric_declares(tmp_path: Path, ask: Ask) -> None:
    """A drift indicator names what it was measured against; a run so named that has the metric gives its value."""
    services = Services().deployment("v1", 0)
    for day in range(6):
        services.drift("v1", "psi", 0.1 + day / 100, day + 1, "customers@v1")
        services.drift("v1", "auc", 0.8, day + 1, "night")
    job = Job("night", 0).metric("auc", 0.9)
    data = take_in(tmp_path / "d", job, services=services)
    drift = ask(data, "psi")["drift"]
    assert (drift["reference"], drift["kind"]) == ("customers@v1", "declared")
    assert drift["reference_center"] is None
    assert "measured against it" in drift["detail"]
    of_time = next(series for series in ask(data, "auc")["series"] if series["over"] == "time")
    assert (of_time["drift"]["reference_center"], of_time["drift"]["delta"]) == (0.9, pytest.approx(-0.1))  # fmt: skip


def test_a_service_and_a_job_tell_the_same_figure_differently(tmp_path: Path, ask: Ask) -> None:
    """An OpenTelemetry gauge has the unit 1, the job that measured the reference gave none: both are plain numbers.
    Another unit, or a percentile, is another figure."""
    services = Services().deployment("v1", 0)
    for name in ("accuracy", "latency", "share"):
        services.gauge("v1", name, {1: 0.8, 2: 0.7}, **{"contexta.metric.reference": "night"})
    job = Job("night", 0).stage("evaluate").metric("accuracy", 0.9, stage="evaluate")
    job.metric("latency", 12.0, unit="ms").metric("share", 0.5, aggregation="p95")
    data = take_in(tmp_path / "d", job, services=services)

    def reference(name: str) -> float | None:
        told = ask(data, name)["series"]
        (drift,) = [each["drift"] for each in told if each["over"] == "time"]
        return drift["reference_center"]

    assert reference("accuracy") == 0.9
    assert reference("latency") is None
    assert reference("share") is None
