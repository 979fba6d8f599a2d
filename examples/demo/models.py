"""The two models: a linear one, and a forest. Each learns in rounds, so that it has a curve."""

import warnings
from collections.abc import Iterator
from typing import Any

from digits import Digits
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

SETTINGS: dict[str, dict[str, Any]] = {
    "linear": {"algorithm": "logistic_regression", "C": 1.0, "iterations": 100, "rounds": 20},
    "forest": {"algorithm": "random_forest", "trees": 120, "rounds": 12, "random_state": 0},
}


def build(name: str) -> Any:
    """The untrained model of that name, set to learn its first round."""
    settings = SETTINGS[name]
    if name == "linear":
        step = settings["iterations"] // settings["rounds"]
        return LogisticRegression(C=settings["C"], max_iter=step, warm_start=True)
    step = settings["trees"] // settings["rounds"]
    state = settings["random_state"]
    return RandomForestClassifier(n_estimators=step, random_state=state, warm_start=True)


def learn(name: str, model: Any, data: Digits) -> Iterator[int]:
    """Train round by round, each going on from the one before; yields the round's number, from 1."""
    trees = getattr(model, "n_estimators", None)
    for number in range(1, SETTINGS[name]["rounds"] + 1):
        if trees is not None:
            model.set_params(n_estimators=trees * number)
        with warnings.catch_warnings():
            # That five iterations are not yet enough is what a round means.
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit(data.pixels, data.labels)
        yield number
