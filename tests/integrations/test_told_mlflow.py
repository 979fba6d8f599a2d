"""MLflow, mirrored: an existing script gives evidence unchanged, and MLflow's store keeps all of it."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import mlflow
import mlflow.pyfunc
import mlflow.sklearn
import numpy as np
import pytest
from integrations.conftest import Told
from sklearn.linear_model import LogisticRegression

import contexta


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> str:
    """One MLflow store for all tests: making its tables takes seconds."""
    directory = tmp_path_factory.mktemp("mlflow")
    mlflow.set_tracking_uri(f"sqlite:///{directory}/mlflow.db")
    mlflow.create_experiment("credit", artifact_location=str(directory / "artifacts"))
    return f"sqlite:///{directory}/mlflow.db"


@pytest.fixture(autouse=True)
def _mlflow(store: str, instrumented: Callable[..., None]) -> Iterator[None]:
    instrumented("mlflow")
    mlflow.set_tracking_uri(store)
    mlflow.set_experiment("credit")
    yield
    while mlflow.active_run():
        mlflow.end_run()


def test_a_script_is_mirrored_as_it_is(told: Told, tmp_path: Path) -> None:
    """Run, parameters, metrics with steps, tags, files: in both places, under the same id."""
    report = tmp_path / "report.md"
    report.write_text("fine")
    with mlflow.start_run(run_name="first", tags={"team": "risk"}) as run:
        mlflow.log_param("depth", 3)
        mlflow.log_params({"rate": 0.1, "loss": "log"})
        for step in range(3):
            mlflow.log_metric("auc", 0.7 + step / 100, step=step)
        mlflow.log_metrics({"f1": 0.5, "recall": 0.6}, step=2)
        mlflow.set_tag("stage", "dev")
        mlflow.log_artifact(str(report), "reports")
        mlflow.log_text("gone when the call returns", "notes.txt")
    run_id = run.info.run_id
    runs = "SELECT run_id, project, name, status, tags ->> 'team', tags ->> 'stage' FROM runs"
    assert told.rows(runs) == [(run_id, "credit", "first", "completed", "risk", "dev")]
    assert dict(told.rows("SELECT key, value FROM configuration")) == {
        "depth": "3",
        "rate": "0.1",
        "loss": "log",
    }
    assert told.rows("SELECT name, step, value FROM metrics ORDER BY name, step") == [
        ("auc", 0, 0.7),
        ("auc", 1, 0.71),
        ("auc", 2, 0.72),
        ("f1", 2, 0.5),
        ("recall", 2, 0.6),
    ]
    assert told.rows("SELECT kind, path, sha256 FROM artifacts ORDER BY path") == [
        (
            "file",
            f"runs:/{run_id}/notes.txt",
            hashlib.sha256(b"gone when the call returns").hexdigest(),
        ),
        (
            "report_bundle",
            f"runs:/{run_id}/reports/report.md",
            hashlib.sha256(b"fine").hexdigest(),
        ),
    ]
    kept = mlflow.get_run(run_id).data
    assert kept.params == {"depth": "3", "rate": "0.1", "loss": "log"}
    assert kept.metrics == {"auc": 0.72, "f1": 0.5, "recall": 0.6}
    assert mlflow.artifacts.load_text(f"runs:/{run_id}/notes.txt") == "gone when the call returns"


def test_a_logged_data_set_is_consumed(told: Told) -> None:
    """`log_input`: name, digest and context; the same digest is the same data set."""
    data = mlflow.data.from_numpy(np.arange(6.0).reshape(3, 2), name="numbers")
    with mlflow.start_run():
        mlflow.log_input(data, context="training")
    ((artifact_id, kind, version, name, split),) = told.rows(
        """
        SELECT artifact_id, kind, version, attributes ->> '$."contexta.dataset.name"',
               attributes ->> '$."contexta.dataset.split"' FROM artifacts"""
    )
    assert (kind, version, name, split) == ("dataset_snapshot", data.digest, "numbers", "training")
    assert data.digest in artifact_id
    consumed = "SELECT type, to_id FROM relationships WHERE to_id = $id"
    assert told.rows(consumed, id=artifact_id) == [("consumed", artifact_id)]


class Doubling(mlflow.pyfunc.PythonModel):
    """A model without a library."""

    def predict(self, context: Any, model_input: list[float]) -> list[float]:
        return [2 * value for value in model_input]


def test_a_logged_model_is_an_artifact(told: Told) -> None:
    """`log_model`: under the id MLflow gave it, with the hash of all of its files; MLflow can load it."""
    with mlflow.start_run() as run:
        logged = mlflow.pyfunc.log_model(name="doubling", python_model=Doubling())
        sklearn_model = LogisticRegression().fit([[0.0], [1.0]], [0, 1])
        second = mlflow.sklearn.log_model(
            sklearn_model, name="classifier", serialization_format="cloudpickle"
        )
    models = """
        SELECT artifact_id, run_id, kind, path, attributes ->> '$."mlflow.model.name"', length(sha256)
        FROM artifacts WHERE path LIKE 'models:%' ORDER BY occurred_at"""
    assert told.rows(models) == [
        (model.model_id, run.info.run_id, "model_bundle", f"models:/{model.model_id}", name, 64)
        for model, name in ((logged, "doubling"), (second, "classifier"))
    ]
    assert mlflow.pyfunc.load_model(logged.model_uri).predict([1.5]) == [3.0]


def test_a_directory_is_an_artifact_at_its_place(told: Told, tmp_path: Path) -> None:
    """`log_artifacts`: a model of MLflow's in it is a model, as MLflow 2 logs them."""
    for name, file in (("plots", "roc.png"), ("model", "MLmodel")):
        (tmp_path / name).mkdir()
        (tmp_path / name / file).write_text("x")
    with mlflow.start_run() as run:
        mlflow.log_artifacts(str(tmp_path / "plots"))
        mlflow.log_artifacts(str(tmp_path / "model"), "models/best")
    assert told.rows("SELECT kind, path FROM artifacts ORDER BY 1") == [
        ("directory", f"runs:/{run.info.run_id}"),
        ("model_bundle", f"runs:/{run.info.run_id}/models/best"),
    ]


def test_nested_runs_are_children_and_what_is_ours_is_inside(told: Told) -> None:
    """MLflow's current run is the current run here too."""
    with mlflow.start_run() as outer:
        with mlflow.start_run(nested=True) as inner:
            contexta.log_metric("ours", 1.0)
        contexta.log_metric("ours", 2.0)
    parents = dict(told.rows("SELECT run_id, parent_run_id FROM runs"))
    assert parents == {outer.info.run_id: None, inner.info.run_id: outer.info.run_id}
    ours = dict(told.rows("SELECT run_id, value FROM metrics"))
    assert ours == {inner.info.run_id: 1.0, outer.info.run_id: 2.0}


def test_a_run_that_raises_has_failed(told: Told) -> None:
    """In both places."""
    with pytest.raises(ValueError, match="diverged"), mlflow.start_run() as run:
        raise ValueError("diverged")
    assert told.values("SELECT status FROM runs") == ["failed"]
    assert mlflow.get_run(run.info.run_id).info.status == "FAILED"


def test_the_client_alone_is_mirrored_and_makes_nothing_current(told: Told) -> None:
    """Two runs at once, written to by id."""
    client: Any = mlflow.MlflowClient()
    experiment = client.get_experiment_by_name("credit").experiment_id
    first, second = (client.create_run(experiment).info.run_id for _ in range(2))
    assert contexta.current_run() is None
    client.log_metric(second, "auc", 0.9)
    client.log_param(first, "depth", 2)
    client.set_terminated(second, "KILLED")
    client.set_terminated(first)
    statuses = dict(told.rows("SELECT run_id, status FROM runs"))
    assert statuses == {first: "completed", second: "interrupted"}
    assert told.values("SELECT run_id FROM metrics") == [second]
    assert told.values("SELECT parent_run_id FROM runs") == [None, None]


def test_a_run_inside_a_run_is_its_child(told: Told) -> None:
    """A sweep of the user's holds many MLflow runs."""
    with contexta.run("sweep") as sweep, mlflow.start_run() as run:
        mlflow.log_metric("auc", 0.5)
    parent = "SELECT parent_run_id FROM runs WHERE run_id = $run"
    assert told.values(parent, run=run.info.run_id) == [sweep.id]


def test_a_script_that_never_ends_its_run(told: Told, store: str, tmp_path: Path) -> None:
    """MLflow ends it when the interpreter exits, and it is told as completed; after an error, as failed."""
    script = """
        import sys
        from contexta.integrations import instrument
        instrument("mlflow")
        import mlflow
        mlflow.set_experiment("credit")
        mlflow.log_metric("auc", 0.5)
        if sys.argv[1:]:
            raise RuntimeError("no more")
    """
    environment = {**os.environ, "MLFLOW_TRACKING_URI": store}
    for arguments, code in (([], 0), (["fail"], 1)):
        done = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(script), *arguments],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            check=False,
        )
        assert done.returncode == code, done.stderr
    assert told.values("SELECT status FROM runs ORDER BY started_at") == ["completed", "failed"]


def test_without_runs_of_its_own_it_is_silent(
    told: Told, instrumented: Callable[..., None]
) -> None:
    """`open_runs=False`: only what happens inside a run of the user's is mirrored."""
    from contexta.integrations import uninstrument

    uninstrument("mlflow")
    instrumented("mlflow", open_runs=False)
    with mlflow.start_run():
        mlflow.log_metric("auc", 0.5)
    assert told.is_empty()
