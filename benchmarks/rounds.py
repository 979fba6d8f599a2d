"""Measuring on a machine that is not quiet: every case once per round, rounds repeated, ratios per round.

A shared machine changes speed by a factor of two within minutes, so two figures may only be compared if
they were taken next to each other: a ratio is taken within a round and the median of the rounds is what
is said, with the smallest and the largest beside it. Nothing here asserts a time.
"""

import json
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

Key = TypeVar("Key", bound=str)


def interleave(cases: Mapping[Key, Callable[[], float]], rounds: int) -> dict[Key, list[float]]:
    """Call every case once per round, starting with another one each time; results by case, one per round."""
    names = list(cases)
    found: dict[Key, list[float]] = {name: [] for name in names}
    for number in range(rounds):
        turn = number % len(names)
        for name in names[turn:] + names[:turn]:
            found[name].append(cases[name]())
    return found


def spread(values: Sequence[float], digits: int = 3) -> dict[str, float]:
    """Median, smallest and largest, to so many significant digits."""
    told = {"median": statistics.median(values), "min": min(values), "max": max(values)}
    return {name: float(f"{value:.{digits}g}") for name, value in told.items()}


def ratios(values: Sequence[float], reference: Sequence[float]) -> dict[str, float]:
    """Spread of value ÷ reference, taken within each round."""
    return spread([a / b for a, b in zip(values, reference, strict=True)])


def report(benchmark: str, case: str, **told: object) -> None:
    """One JSON line on stdout."""
    sys.stdout.write(json.dumps({"benchmark": benchmark, "case": case, **told}) + "\n")
    sys.stdout.flush()
