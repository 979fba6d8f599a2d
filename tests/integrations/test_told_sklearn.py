"""scikit-learn, told about: operations, stages, folds, scores, settings, saved models."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
from integrations.conftest import Told
from sklearn.datasets import load_iris
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    RandomizedSearchCV,
    cross_val_score,
    cross_validate,
)
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

import contexta

X, Y = load_iris(return_X_y=True)
OPERATIONS = "SELECT operation, operation_type, stage FROM operations ORDER BY started_at"


@pytest.fixture(autouse=True)
def _sklearn(instrumented: Callable[..., None]) -> None:
    instrumented("sklearn")


def pipeline(**settings: Any) -> Pipeline:
    """Two steps."""
    return Pipeline([("scale", StandardScaler()), ("classify", LogisticRegression(**settings))])


def test_steps_of_a_pipeline_fitted_in_the_run_are_stages(told: Told) -> None:
    """At the level of the run its steps are stages, each with the operation of its fit, told once."""
    with contexta.run("iris", type="training"):
        pipeline().fit(X, Y)
    stages = "SELECT stage, status FROM stages ORDER BY started_at"
    assert told.rows(stages) == [("scale", "completed"), ("classify", "completed")]
    assert told.rows(OPERATIONS)[:3] == [
        ("Pipeline.fit", "fit", None),
        ("StandardScaler.fit_transform", "fit", "scale"),
        ("LogisticRegression.fit", "fit", "classify"),
    ]
    parents = """
        SELECT child.operation FROM operations child JOIN operations parent
        ON child.parent_operation_id = parent.operation_id WHERE parent.operation = 'StandardScaler.fit_transform'"""
    assert told.rows(parents) == []


def test_steps_of_a_pipeline_fitted_in_a_stage_are_operations(told: Told) -> None:
    """Inside a stage of the user's the steps are operations of that stage."""
    with contexta.run("iris"), contexta.stage("train"):
        pipeline().fit(X, Y)
    assert told.values("SELECT stage FROM stages") == ["train"]
    assert set(told.values("SELECT stage FROM operations")) == {"train"}


def test_fitting_twice_is_another_attempt_at_the_stage(told: Told) -> None:
    """The second fit of the same steps does not run into the first."""
    with contexta.run("iris"):
        pipeline().fit(X, Y)
        pipeline(C=3.0).fit(X, Y)
    attempts = "SELECT stage, attempt FROM stages ORDER BY started_at"
    assert told.rows(attempts) == [
        ("scale", None),
        ("classify", None),
        ("scale", 2),
        ("classify", 2),
    ]


def test_a_score_is_a_metric_of_the_run(told: Told) -> None:
    """`score` is an operation, and what it returns a metric; `predict` inside it is not told again."""
    with contexta.run("iris"):
        model = LogisticRegression(max_iter=500).fit(X, Y)
        accuracy = model.score(X, Y)
        Ridge().fit(X, Y).score(X, Y)
    metrics = "SELECT name, value, scope, sample_count, higher_is_better FROM metrics ORDER BY name"
    first, second = told.rows(metrics)
    assert first == ("accuracy", accuracy, "run", 150, True)
    assert second[0] == "r2"
    assert "LogisticRegression.predict" not in told.values("SELECT operation FROM operations")


def test_methods_that_come_from_mixins_are_told(told: Told) -> None:
    """`predict` of linear models stands in a class that is no estimator itself."""
    with contexta.run("iris"):
        LogisticRegression(max_iter=500).fit(X, Y).predict(X)
        Ridge().fit(X, Y).predict(X)
    predictions = (
        "SELECT operation FROM operations WHERE operation_type = 'predict' ORDER BY started_at"
    )
    assert told.values(predictions) == ["LogisticRegression.predict", "Ridge.predict"]


def test_settings_are_configuration_once_and_variants_beside_each_other(told: Told) -> None:
    """Parameters by estimator, nested ones with dots; other settings of the same class get a number."""
    with contexta.run("iris"):
        pipeline(C=2.0, max_iter=400).fit(X, Y)
        pipeline(C=2.0, max_iter=400).fit(X, Y)
        pipeline(C=0.5, max_iter=400).fit(X, Y)
    found = dict(told.rows("SELECT key, value FROM configuration"))
    assert found["Pipeline.classify.C"] == "2.0"
    assert found["Pipeline#2.classify.C"] == "0.5"
    assert found["Pipeline.classify.max_iter"] == "400"
    assert not [key for key in found if key.startswith("Pipeline#3")]


def test_folds_are_batches_with_their_scores(told: Told) -> None:
    """Each fold has its index, its size and the score that was returned; the fits are inside it."""
    with contexta.run("iris"):
        scores = cross_val_score(pipeline(), X, Y, cv=3)
        cross_validate(pipeline(), X, Y, cv=2, scoring=["accuracy", "f1_macro"])
    folds = """
        SELECT b.batch_id, b.batch_type, b.batch_index, b.size, m.name, m.value
        FROM batches b JOIN metrics m USING (run_id, batch_id) WHERE b.batch_id LIKE 'cv1.%' ORDER BY 1"""
    assert told.rows(folds) == [
        (f"cv1.fold_{index}", "fold", index, 100, "accuracy", scores[index]) for index in range(3)
    ]
    second = "SELECT DISTINCT name FROM metrics WHERE batch_id = 'cv2.fold_1' ORDER BY 1"
    assert told.values(second) == ["accuracy", "f1_macro"]
    inside = (
        "SELECT count(*) FROM operations WHERE operation = 'Pipeline.fit' AND batch_id LIKE 'cv1.%'"
    )
    assert told.values(inside) == [3]
    assert told.values(
        "SELECT DISTINCT batch_id FROM batches WHERE batch_id LIKE 'cv2.%' ORDER BY 1"
    ) == [
        "cv2.fold_0",
        "cv2.fold_1",
    ]


def test_a_cross_validation_is_an_operation(told: Told) -> None:
    """With its scoring; what it calls itself is not told as another one."""
    from sklearn import model_selection

    with contexta.run("iris"):
        model_selection.cross_val_score(pipeline(), X, Y, cv=2, scoring="f1_macro")
        model_selection.cross_validate(pipeline(), X, Y, cv=2, n_jobs=2)
    attributes = "SELECT operation, attributes ->> '$.\"sklearn.scoring\"' FROM operations WHERE operation_type = 'cross_validation' ORDER BY started_at"
    assert told.rows(attributes) == [("cross_val_score", "f1_macro"), ("cross_validate", None)]
    names = "SELECT batch_id, name FROM metrics ORDER BY 1"
    assert told.rows(names) == [
        ("cv1.fold_0", "f1_macro"),
        ("cv1.fold_1", "f1_macro"),
        ("cv2.fold_0", "accuracy"),
        ("cv2.fold_1", "accuracy"),
    ]


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_candidates_of_a_search_have_folds_too(told: Told, n_jobs: int | None) -> None:
    """Also those that ran in other processes, whose scores come back with the results."""
    with contexta.run("iris"):
        search = GridSearchCV(pipeline(), {"classify__C": [0.01, 1.0]}, cv=2, n_jobs=n_jobs)
        search.fit(X, Y)
        search.score(X, Y)
    folds = "SELECT batch_id, name, value FROM metrics WHERE batch_id IS NOT NULL ORDER BY 1"
    assert told.rows(folds) == [
        (
            f"cv1.candidate_{candidate}.fold_{fold}",
            "accuracy",
            search.cv_results_[f"split{fold}_test_score"][candidate],
        )
        for candidate in range(2)
        for fold in range(2)
    ]
    assert told.values("SELECT count(*) FROM batches WHERE status = 'completed'") == [4]
    best = "SELECT value, scope FROM metrics WHERE name = 'best_accuracy'"
    assert told.rows(best) == [(search.best_score_, "run")]
    chosen = "SELECT value FROM configuration WHERE key = 'GridSearchCV.best.classify.C'"
    assert told.values(chosen) == [str(search.best_params_["classify__C"])]


@pytest.mark.parametrize("n_jobs", [None, 2])
@pytest.mark.parametrize("kind", ["random", "halving"])
def test_every_kind_of_search_has_its_candidates(told: Told, kind: str, n_jobs: int | None) -> None:
    """Random and halving searches: a batch for every fold of every candidate, with its score; the best is said."""
    made: Any = RandomizedSearchCV if kind == "random" else HalvingGridSearchCV
    values = {"classify__C": [0.01, 0.1, 1.0, 10.0]}
    options = {"n_iter": 3} if kind == "random" else {"factor": 2}
    with contexta.run("iris"):
        search = made(pipeline(), values, cv=2, n_jobs=n_jobs, random_state=0, **options)
        search.fit(X, Y)
    expected = [
        search.cv_results_[f"split{fold}_test_score"][candidate]
        for candidate in range(len(search.cv_results_["params"]))
        for fold in range(2)
    ]
    # `accuracy` is the score; a halving search numbers its candidates anew each iteration.
    scores = "SELECT value FROM metrics WHERE batch_id IS NOT NULL ORDER BY value"
    assert told.values(scores) == sorted(expected)
    assert told.values("SELECT count(DISTINCT batch_id) FROM batches") == [len(expected)]
    best = "SELECT name, value FROM metrics WHERE batch_id IS NULL AND name LIKE 'best_%'"
    assert told.rows(best) == [("best_accuracy", search.best_score_)]
    chosen = f"SELECT value FROM configuration WHERE key = '{made.__name__}.best.classify.C'"
    assert told.values(chosen) == [str(search.best_params_["classify__C"])]


def test_a_fold_that_cannot_be_fitted_failed(told: Told) -> None:
    """sklearn goes on with a warning; the fold is told as failed, with the type of the error."""
    with contexta.run("iris"), pytest.warns(Warning, match="fits failed"):
        scores = cross_val_score(
            LogisticRegression(),
            X,
            np.where(np.arange(150) < 75, 0, Y),
            cv=[([0, 1], [2]), (range(150), [3])],
        )
    assert np.isnan(scores[0])
    assert told.values("SELECT status FROM batches ORDER BY batch_index") == ["failed", "completed"]


@pytest.mark.parametrize("write", ["joblib", "pickle"])
def test_a_saved_model_is_an_artifact(told: Told, tmp_path: Path, write: str) -> None:
    """Its path, its hash, its class and the version of its library."""
    path = tmp_path / f"model.{write}"
    with contexta.run("iris"):
        model = pipeline().fit(X, Y)
        if write == "joblib":
            joblib.dump(model, path)
        else:
            with path.open("wb") as file:
                pickle.dump(model, file)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    saved = """SELECT kind, path, sha256, size_bytes, attributes ->> '$."contexta.model.class"' FROM artifacts"""
    assert told.rows(saved) == [
        ("model_bundle", str(path), digest, path.stat().st_size, "sklearn.pipeline.Pipeline")
    ]


def test_what_is_no_model_is_saved_untold(told: Told, tmp_path: Path) -> None:
    """`pickle.dump` of anything else is nobody's business."""
    with contexta.run("iris"), (tmp_path / "list.pkl").open("wb") as file:
        pickle.dump([1, 2, 3], file)
    assert told.rows("SELECT * FROM artifacts") == []


def test_a_failing_fit_is_a_failed_operation(told: Told) -> None:
    """The user's exception arrives as it was, and is told once."""
    with contexta.run("iris"), pytest.raises(ValueError, match="NaN"):
        LogisticRegression().fit([[np.nan], [1.0]], [0, 1])
    failed = "SELECT operation, status, error_type FROM operations"
    assert told.rows(failed) == [("LogisticRegression.fit", "failed", "ValueError")]
    assert told.values("SELECT count(*) FROM events WHERE name = 'exception'") == [1]
