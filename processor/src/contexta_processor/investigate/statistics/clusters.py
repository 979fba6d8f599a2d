"""The standard error of a mean whose values come in groups, and how many degrees of freedom it has.

Sources: Bell & McCaffrey 2002 (CR2, which undoes the bias of few groups) and Imbens & Kolesár 2016 (its
degrees of freedom under equal correlation within groups), both for the special case of a mean. With groups
of one size they are the textbook's: variance of group means, number of groups minus 1.
"""

from collections.abc import Sequence
from math import sqrt

import numpy as np
import numpy.typing as npt

from contexta_processor.investigate.statistics.arrays import Floats

Numbers = npt.NDArray[np.intp]


def group_numbers(
    groups: Sequence[object] | npt.NDArray[np.generic], n: int
) -> tuple[Numbers, int]:
    """A number from 0 for every pair's group, and how many groups there are; None is a group of its own.

    Raises: ValueError if there is not one key per pair.
    """
    keys = list(groups)
    if len(keys) != n:
        raise ValueError(f"groups: {len(keys)} keys for {n} pairs")
    known: dict[object, int] = {}
    numbers = np.empty(n, dtype=np.intp)
    alone = 0
    for index, key in enumerate(keys):
        if key is None:
            numbers[index] = -1
            alone += 1
        else:
            numbers[index] = known.setdefault(key, len(known))
    numbers[numbers < 0] = len(known) + np.arange(alone)
    return numbers, len(known) + alone


def grouped_error(deviations: Floats, numbers: Numbers, count: int) -> tuple[float, float]:
    """Standard error of the mean, and its degrees of freedom.

    deviations: values minus their mean, shape (n,); numbers: group of each, below `count` ≥ 2.
    """
    n = deviations.size
    sizes = np.bincount(numbers, minlength=count).astype(np.float64)
    sums: Floats = np.bincount(numbers, weights=deviations, minlength=count).astype(np.float64)
    leverage = 1.0 - sizes / n
    error = sqrt(float(np.sum(sums**2 / leverage))) / n
    alike = _correlation(deviations, numbers, sizes, sums)
    return error, _freedom(sizes, leverage, alike)


def _correlation(deviations: Floats, numbers: Numbers, sizes: Floats, sums: Floats) -> float:
    """Correlation of two values of one group, from all such pairs; within [0, 1]."""
    within = float(np.sum(sums**2) - deviations @ deviations)
    pairs = float(np.sum(sizes * (sizes - 1.0)))
    variance = float(deviations @ deviations) / deviations.size
    if pairs == 0.0 or variance == 0.0:
        return 0.0
    return min(1.0, max(0.0, within / pairs / variance))


def _freedom(sizes: Floats, leverage: Floats, alike: float) -> float:
    """Satterthwaite's: (trace Ω)² / ‖Ω‖² for the covariance Ω of the scaled group sums.

    Ω = diagonal + U Vᵀ with three columns, so that thousands of groups cost nothing.
    """
    n = float(np.sum(sizes))
    scale = 1.0 / np.sqrt(leverage)
    within = (1.0 - alike) * sizes + alike * sizes**2
    share = float(np.sum(within)) / n**2
    left = np.column_stack([sizes, within, sizes]) * scale[:, None]
    right = np.column_stack([within / -n, sizes / -n, sizes * share]) * scale[:, None]
    diagonal = within * scale**2
    cross = np.einsum("gk,gk->g", left, right)
    trace = float(np.sum(diagonal + cross))
    square = float(
        np.sum(diagonal**2)
        + 2.0 * np.sum(diagonal * cross)
        + np.sum((left.T @ left) * (right.T @ right))
    )
    return max(1.0, min(sizes.size - 1.0, trace**2 / square))
