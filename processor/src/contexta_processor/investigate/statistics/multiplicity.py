"""Many questions at once: which answers are still worth believing?

Sources: Benjamini & Hochberg 1995; Holm 1979.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Adjusted:
    """One p among many. True in a condition where it is significant.

    q: the adjusted p: the smallest rate (or alpha) at which it would count. None where p is None.
    """

    p: float | None
    q: float | None
    significant: bool

    def __bool__(self) -> bool:
        return self.significant


def benjamini_hochberg(
    p_values: Sequence[float | None], *, rate: float = 0.10
) -> tuple[Adjusted, ...]:
    """Which of many differences stand, if a `rate` of those that do may be false; for exploring slices.

    In the order given. None (no test) stays None, is not significant and is not counted among the many.
    Raises: ValueError if a p is not between 0 and 1.
    """
    ranked = _ranked(p_values)
    adjusted: dict[int, float] = {}
    smallest = 1.0
    for rank in range(len(ranked), 0, -1):
        p, index = ranked[rank - 1]
        smallest = min(smallest, p * len(ranked) / rank)
        adjusted[index] = smallest
    return _told(p_values, adjusted, rate)


def holm(p_values: Sequence[float | None], alpha: float = 0.05) -> tuple[Adjusted, ...]:
    """Which of many differences stand, if the chance of even one false one may be `alpha`; for gates.

    In the order given; None as in `benjamini_hochberg`.
    """
    ranked = _ranked(p_values)
    adjusted: dict[int, float] = {}
    largest = 0.0
    for rank, (p, index) in enumerate(ranked):
        largest = max(largest, min(1.0, p * (len(ranked) - rank)))
        adjusted[index] = largest
    return _told(p_values, adjusted, alpha)


def _ranked(p_values: Sequence[float | None]) -> list[tuple[float, int]]:
    ranked = sorted((p, index) for index, p in enumerate(p_values) if p is not None)
    for p, _ in ranked:
        if not 0.0 <= p <= 1.0:
            raise ValueError(f"p: {p} is not between 0 and 1")
    return ranked


def _told(
    p_values: Sequence[float | None], adjusted: dict[int, float], limit: float
) -> tuple[Adjusted, ...]:
    return tuple(
        Adjusted(p, adjusted.get(index), index in adjusted and adjusted[index] <= limit)
        for index, p in enumerate(p_values)
    )
