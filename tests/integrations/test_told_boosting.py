"""XGBoost and LightGBM, told about: curves, settings, saved models."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import pytest
import xgboost
from integrations.conftest import Told

import contexta

_RANDOM = np.random.default_rng(7)
X = _RANDOM.normal(size=(200, 4))
Y = (X[:, 0] + 0.1 * X[:, 1] > 0).astype(int)
CURVE = "SELECT step, value FROM metrics WHERE name = $name ORDER BY step"


@pytest.fixture(autouse=True)
def _libraries(instrumented: Callable[..., None]) -> None:
    instrumented("xgboost", "lightgbm")


def xgboost_train(**options: Any) -> xgboost.Booster:
    """Four rounds."""
    data = xgboost.DMatrix(X, Y)
    settings = {"objective": "binary:logistic", "max_depth": 2}
    return xgboost.train(settings, data, 4, evals=[(data, "train")], verbose_eval=False, **options)


def lightgbm_train(**options: Any) -> lightgbm.Booster:
    """Four rounds."""
    data = lightgbm.Dataset(X, Y)
    settings = {"objective": "binary", "num_leaves": 4, "verbose": -1}
    return lightgbm.train(settings, data, 4, valid_sets=[data], **options)


def test_every_round_of_xgboost_is_told(told: Told) -> None:
    """The same values that the library itself gives back, with their step; settings, operation."""
    kept: dict[str, Any] = {}
    with contexta.run("boost", type="training"):
        xgboost_train(evals_result=kept)
    assert told.rows(CURVE, name="train.logloss") == list(enumerate(kept["train"]["logloss"]))
    settings = dict(told.rows("SELECT key, value FROM configuration"))
    assert settings["xgboost.train.max_depth"] == "2"
    assert settings["xgboost.train.num_boost_round"] == "4"
    assert told.rows("SELECT operation, operation_type FROM operations") == [
        ("xgboost.train", "fit")
    ]
    assert told.values("SELECT DISTINCT scope FROM metrics") == ["run"]


def test_every_round_of_lightgbm_is_told(told: Told) -> None:
    """With the direction the library knows."""
    kept: dict[str, Any] = {}
    with contexta.run("boost", type="training"):
        lightgbm_train(callbacks=[lightgbm.record_evaluation(kept)])
    expected = list(enumerate(kept["training"]["binary_logloss"]))
    assert told.rows(CURVE, name="training.binary_logloss") == expected
    assert told.values("SELECT DISTINCT higher_is_better FROM metrics") == [False]
    settings = dict(told.rows("SELECT key, value FROM configuration"))
    assert settings["lightgbm.train.num_leaves"] == "4"


def test_early_stopping_stops_where_it_would(told: Told) -> None:
    """Our callback beside it changes nothing; its best round is told."""
    data, test = lightgbm.Dataset(X, Y), lightgbm.Dataset(X, 1 - Y)
    with contexta.run("boost"):
        model = lightgbm.train(
            {"objective": "binary", "verbose": -1},
            data,
            50,
            valid_sets=[test],
            callbacks=[lightgbm.early_stopping(3, verbose=False)],
        )
    assert model.best_iteration == 1
    assert told.rows(CURVE, name="best_iteration") == [(None, 1.0)]
    assert len(told.rows(CURVE, name="valid_0.binary_logloss")) == 4


def test_estimators_of_both_are_told_without_sklearn(told: Told) -> None:
    """They train through the same functions."""
    with contexta.run("boost"):
        xgboost.XGBClassifier(n_estimators=3).fit(X, Y, eval_set=[(X, Y)], verbose=False)
        lightgbm.LGBMClassifier(n_estimators=3, verbose=-1).fit(X, Y, eval_X=(X,), eval_y=(Y,))
    assert len(told.rows(CURVE, name="validation_0.logloss")) == 3
    assert told.values("SELECT operation FROM operations ORDER BY started_at") == [
        "xgboost.train",
        "lightgbm.train",
    ]


def test_an_estimator_is_told_once_beside_sklearn(
    told: Told, instrumented: Callable[..., None]
) -> None:
    """Its fit is the operation; the curve belongs to the run all the same."""
    instrumented("sklearn")
    with contexta.run("boost"):
        xgboost.XGBClassifier(n_estimators=3).fit(X, Y, eval_set=[(X, Y)], verbose=False)
    assert told.values("SELECT operation FROM operations") == ["XGBClassifier.fit"]
    assert len(told.rows(CURVE, name="validation_0.logloss")) == 3
    assert told.values("SELECT DISTINCT scope FROM metrics") == ["run"]


def test_a_second_training_has_a_curve_of_its_own(told: Told) -> None:
    """Two curves under one name would be one zigzag."""
    with contexta.run("boost"):
        xgboost_train()
        xgboost_train()
    assert len(told.rows(CURVE, name="train.logloss")) == 4
    assert len(told.rows(CURVE, name="training_2.train.logloss")) == 4


def test_cross_validation_tells_mean_and_spread(told: Told) -> None:
    """`xgboost.cv` gives a mean and a standard deviation for every round."""
    data = xgboost.DMatrix(X, Y)
    with contexta.run("boost"):
        table: Any = xgboost.cv({"objective": "binary:logistic"}, data, 3, nfold=3)
    found = told.rows("SELECT value, stddev FROM metrics WHERE name = 'test.logloss' ORDER BY step")
    assert [one[0] for one in found] == pytest.approx(table["test-logloss-mean"].tolist())
    assert [one[1] for one in found] == pytest.approx(table["test-logloss-std"].tolist())


@pytest.mark.parametrize("train", [xgboost_train, lightgbm_train])
def test_a_saved_booster_is_an_artifact(
    told: Told, tmp_path: Path, train: Callable[[], Any]
) -> None:
    """Its path, its hash, its class."""
    path = tmp_path / "model.json"
    with contexta.run("boost"):
        train().save_model(str(path))
    saved = "SELECT kind, path, sha256, attributes ->> '$.\"contexta.model.class\"' FROM artifacts"
    ((kind, shown, sha256, name),) = told.rows(saved)
    assert (kind, shown) == ("model_bundle", str(path))
    assert sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert name.endswith(".Booster")


def test_outside_a_run_training_is_as_it_was(told: Told) -> None:
    """Silent, and with the same result."""
    assert np.array_equal(
        xgboost_train().predict(xgboost.DMatrix(X)), xgboost_train().predict(xgboost.DMatrix(X))
    )
    lightgbm_train()
    assert told.is_empty()


def test_a_run_of_its_own_where_asked(told: Told, instrumented: Callable[..., None]) -> None:
    """`open_runs` gives a training outside any run a run."""
    from contexta.integrations import uninstrument

    uninstrument("xgboost")
    instrumented("xgboost", open_runs=True)
    xgboost_train()
    runs = "SELECT run_type, name, status FROM runs"
    assert told.rows(runs) == [("training", "xgboost.train", "completed")]
