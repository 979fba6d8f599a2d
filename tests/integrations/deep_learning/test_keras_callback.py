"""The Keras callback, with a real training."""

from __future__ import annotations

import os

os.environ.setdefault("KERAS_BACKEND", "torch")

import keras
import numpy as np
import pytest
from integrations.conftest import Told

import contexta
from contexta.integrations.keras import ContextaCallback

_RANDOM = np.random.default_rng(3)
X = _RANDOM.normal(size=(64, 4)).astype("float32")
Y = (X[:, 0] > 0).astype("float32")


def model() -> keras.Model:
    """One layer."""
    made = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, activation="sigmoid")])
    made.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    return made


def test_a_training_is_told(told: Told) -> None:
    """Epochs as batches, their logs as metrics of the run, settings as configuration."""
    with contexta.run("net", type="training"):
        made = model()
        history = made.fit(
            X, Y, epochs=2, validation_split=0.25, verbose=0, callbacks=[ContextaCallback()]
        )
        made.evaluate(X, Y, verbose=0, callbacks=[ContextaCallback()])
    losses = "SELECT step, value, scope FROM metrics WHERE name = $name ORDER BY step"
    for name in ("loss", "val_loss", "accuracy"):
        assert told.rows(losses, name=name) == [
            (step, pytest.approx(value), "run") for step, value in enumerate(history.history[name])
        ]
    epochs = "SELECT batch_type, batch_index, status FROM batches ORDER BY batch_index"
    assert told.rows(epochs) == [("epoch", 0, "completed"), ("epoch", 1, "completed")]
    settings = dict(told.rows("SELECT key, value FROM configuration"))
    assert settings["keras.fit.epochs"] == "2"
    assert settings["keras.fit.parameters"] == "5"
    assert "keras.fit.optimizer.learning_rate" in settings
    assert told.rows("SELECT operation, status FROM operations") == [("keras.fit", "completed")]
    assert told.values("SELECT count(*) FROM metrics WHERE name = 'test_loss'") == [1]


def test_outside_a_run_it_is_silent(told: Told) -> None:
    """The callback may stay in the code."""
    model().fit(X, Y, epochs=1, verbose=0, callbacks=[ContextaCallback()])
    assert told.is_empty()
