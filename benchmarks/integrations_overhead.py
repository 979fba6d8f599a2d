"""What telling about scikit-learn costs a training: the same training with and without, in turns.

    python benchmarks/integrations_overhead.py [--rounds 15]

Processor time (all threads: what is told is encoded on another one) and wall time of a grid search over a random forest and over a pipeline, with the instrumentor in place inside a run whose
evidence goes to files, against the library as it is. `outside` is the instrumentor in place with no run open: what a
service pays. Ratios are taken within a round (see rounds.py).
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from rounds import interleave, ratios, report, spread
from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import contexta
from contexta.integrations import instrument, uninstrument

NAME = "integrations_overhead"
X, Y = make_classification(3_000, 20, n_informative=8, random_state=0)


def forest() -> None:
    """One random forest: about a second."""
    RandomForestClassifier(60, random_state=0).fit(X, Y)


def search() -> None:
    """Four candidates, three folds, two steps each: 12 folds and about 60 operations."""
    steps = make_pipeline(StandardScaler(), RandomForestClassifier(15, random_state=0))
    grid = {"randomforestclassifier__max_depth": [4, 6, 8, 10]}
    GridSearchCV(steps, grid, cv=3).fit(X, Y)


walls: list[float] = []


def timed(training: Callable[[], None]) -> float:
    """Seconds of processor time; those of the wall go to `walls`."""
    wall, began = time.perf_counter(), time.process_time()
    training()
    used = time.process_time() - began
    walls.append(time.perf_counter() - wall)
    return used


def plain(training: Callable[[], None]) -> float:
    """The library as it is."""
    return timed(training)


def outside(training: Callable[[], None]) -> float:
    """Instrumented, and no run open."""
    instrument("sklearn")
    try:
        return timed(training)
    finally:
        uninstrument("sklearn")


def told(training: Callable[[], None]) -> float:
    """Instrumented, inside a run; opening and closing the run is not the integration's cost."""
    instrument("sklearn")
    try:
        with contexta.run("bench", type="training", environment=False):
            return timed(training)
    finally:
        uninstrument("sklearn")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=15)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        os.environ["CONTEXTA_ENDPOINT"] = f"file:{Path(directory)}"
        for training in (forest, search):
            measure(training, asked.rounds)
        contexta.shutdown()


def measure(training: Callable[[], None], rounds: int) -> None:
    """One training, three ways."""
    ways = {"plain": plain, "outside": outside, "told": told}
    wall: dict[str, list[float]] = {name: [] for name in ways}

    def case(name: str) -> float:
        used = ways[name](training)
        wall[name].append(walls.pop())
        return used

    found = interleave({name: (lambda name=name: case(name)) for name in ways}, rounds)
    for name in ("outside", "told"):
        report(
            NAME,
            f"{training.__name__}, {name}",
            cpu_seconds=spread(found[name]),
            cpu_ratio=ratios(found[name], found["plain"]),
            wall_ratio=ratios(wall[name], wall["plain"]),
            rounds=rounds,
        )


if __name__ == "__main__":
    main()
