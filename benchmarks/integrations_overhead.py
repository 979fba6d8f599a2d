"""What telling about scikit-learn costs: real trainings with and without, a service, and a run by itself.

    python benchmarks/integrations_overhead.py [--rounds 24]

Three trainings of two seconds and more on the digits data that come with scikit-learn: a cross-validated random
forest, a gradient boosting, a grid search over a pipeline. `told` is the training inside a run with the instrumentor in
place, its evidence going to files, from before the run opens to after it has closed; `plain` is the library as it
is. Figures are processor time of the whole process, its exporter thread included:
  cpu_ratio   told ÷ plain, taken in pairs whose order alternates; the median, with its 95 % interval (order
              statistics). Includes what we do to caches, and all the noise of the machine.
  own_share   what was spent in our code (on the calling thread around every begin and end that is told, on our threads
              as a whole) ÷ everything that was spent. Hardly any noise.
`outside` is one prediction in a loop with the instrumentor in place and no run open, which is what a service pays;
`run` is opening and closing a run with its environment and code revision, which a job pays once.
"""

import argparse
import math
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from typing import Any

from rounds import interleave, ratios, report, spread
from sklearn.base import BaseEstimator
from sklearn.datasets import load_digits
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

import contexta
from contexta.integrations import instrument, patches, uninstrument

NAME = "integrations_overhead"
X, Y = load_digits(return_X_y=True)
PREDICTIONS = 2_000


def forest() -> None:
    """Five folds of a forest of 150 trees."""
    cross_validate(RandomForestClassifier(150, random_state=0), X, Y)


def boosting() -> None:
    """400 trees, each a call of `fit` on another estimator."""
    GradientBoostingClassifier(n_estimators=40, random_state=0).fit(X, Y)


def search() -> None:
    """Four candidates, five folds, two steps: 20 folds of a forest of the usual 100 trees, a call of each tree too."""
    steps = make_pipeline(StandardScaler(), RandomForestClassifier(random_state=0))
    grid = {"randomforestclassifier__max_depth": [6, 8, 10, 12]}
    GridSearchCV(steps, grid).fit(X, Y)


class Ours:
    """Processor time of the calling thread inside our begins and ends."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._quietly = patches.quietly
        self._inside = False

    def __enter__(self) -> "Ours":
        patches.quietly = self._timed
        return self

    def __exit__(self, *_: object) -> None:
        patches.quietly = self._quietly

    def _timed(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        if self._inside:
            return self._quietly(function, *args, **kwargs)
        began, self._inside = time.thread_time(), True
        try:
            return self._quietly(function, *args, **kwargs)
        finally:
            self._inside = False
            self.seconds += time.thread_time() - began


def plain(training: Callable[[], None]) -> float:
    """Seconds of processor time without us."""
    began = time.process_time()
    training()
    return time.process_time() - began


def told(training: Callable[[], None]) -> float:
    """Seconds of processor time with the run around it."""
    instrument("sklearn")
    try:
        began = time.process_time()
        with contexta.run("bench", type="training", environment=False):
            training()
        return time.process_time() - began
    finally:
        uninstrument("sklearn")


def own_share(training: Callable[[], None]) -> float:
    """Share of our code in all processor time of the training, the run's opening and closing included."""
    instrument("sklearn")
    try:
        with Ours() as ours:
            whole, own_thread = time.process_time(), time.thread_time()
            with contexta.run("bench", type="training", environment=False):
                inside = time.thread_time()
                training()
                inside = time.thread_time() - inside
            whole, own_thread = time.process_time() - whole, time.thread_time() - own_thread
        around = own_thread - inside
        return (ours.seconds + around + whole - own_thread) / whole
    finally:
        uninstrument("sklearn")


def interval_of_median(values: Sequence[float], level: float = 0.95) -> list[float]:
    """The order statistics between which the median lies with that probability, whatever the distribution."""
    ordered, n = sorted(values), len(values)
    below = 0.0
    for rank in range(n // 2):
        below += math.comb(n, rank) / 2**n
        if below > (1 - level) / 2:
            return [round(ordered[max(0, rank - 1)], 4), round(ordered[n - max(1, rank)], 4)]
    return [round(ordered[0], 4), round(ordered[-1], 4)]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=24, help="pairs for each training")
    rounds = parser.parse_args().rounds
    # Limited, so that what runs on other threads is ours.
    with tempfile.TemporaryDirectory() as directory, threadpool_limits(1):
        os.environ["CONTEXTA_ENDPOINT"] = f"file:{directory}"
        for training in (forest, boosting, search):
            measure(training, rounds)
        measure_service(rounds)
        measure_run(rounds)
        contexta.shutdown()


def measure(training: Callable[[], None], rounds: int) -> None:
    """One training, in pairs."""
    told(training)  # what is imported once is not its cost
    pair = {"plain": lambda: plain(training), "told": lambda: told(training)}
    found = interleave(pair, rounds)
    shares = [own_share(training) for _ in range(max(3, rounds // 4))]
    both = [a / b for a, b in zip(found["told"], found["plain"], strict=True)]
    report(
        NAME,
        f"{training.__name__}, told",
        cpu_seconds=spread(found["plain"]),
        cpu_ratio=ratios(found["told"], found["plain"]) | {"interval_95": interval_of_median(both)},
        own_share=spread(shares, digits=2),
        rounds=rounds,
    )


class Nothing(BaseEstimator):
    """An estimator whose `predict` costs nothing: what is left is ours."""

    def predict(self, X: object) -> object:
        """As it is."""
        return X


def measure_service(rounds: int) -> None:
    """Calls of `predict` one after the other, no run open: one of a real model, one that does nothing."""
    model = LogisticRegression(max_iter=300).fit(X, Y)
    nothing, one = Nothing(), X[:1]

    def calls(predict: str) -> float:
        of = model if predict == "model" else nothing
        began = time.process_time()
        for _ in range(PREDICTIONS):
            of.predict(one)
        return (time.process_time() - began) / PREDICTIONS * 1e6

    def outside(predict: str) -> float:
        instrument("sklearn")
        try:
            return calls(predict)
        finally:
            uninstrument("sklearn")

    ways = {
        f"{way.__name__} {of}": (lambda way=way, of=of: way(of))
        for way in (calls, outside)
        for of in ("model", "nothing")
    }
    found = interleave(ways, rounds)
    added = [a - b for a, b in zip(found["outside nothing"], found["calls nothing"], strict=True)]
    report(
        NAME,
        "one prediction, outside any run",
        unit="µs",
        added=spread(added, digits=2),
        prediction=spread(found["calls model"]),
        cpu_ratio=ratios(found["outside model"], found["calls model"]),
        rounds=rounds,
    )


def measure_run(rounds: int) -> None:
    """An empty run with everything that is captured at its start."""

    def empty() -> float:
        began = time.process_time()
        with contexta.run("bench"):
            pass
        return (time.process_time() - began) * 1e3

    empty()
    report(NAME, "run", unit="ms", cpu=spread([empty() for _ in range(rounds)]), rounds=rounds)


if __name__ == "__main__":
    main()
