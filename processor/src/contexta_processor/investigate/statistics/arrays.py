"""What the statistics take: one-dimensional arrays of finite numbers."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def finite(values: npt.ArrayLike, name: str = "values") -> Floats:
    """`values` as a float array of shape (n,).

    Raises: ValueError if it has another shape, or holds NaN or an infinity.
    """
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1:
        raise ValueError(f"{name}: expected one dimension, got {array.ndim}")
    if not np.isfinite(array).all():
        raise ValueError(f"{name}: NaN or infinite; leave out what was not measured, and count it")
    return array


def pairs(baseline: npt.ArrayLike, candidate: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Both sides as float arrays of the same shape (n,), the same sample at the same index.

    Raises: ValueError if lengths differ, or as `finite` does.
    """
    before, after = finite(baseline, "baseline"), finite(candidate, "candidate")
    if before.shape != after.shape:
        raise ValueError(f"pairs: {before.size} baseline and {after.size} candidate values")
    return before, after


def checked_confidence(confidence: float) -> float:
    """`confidence`, which has to lie between 0 and 1 (ValueError)."""
    if not 0.0 < confidence < 1.0:
        raise ValueError(f"confidence: {confidence} is not between 0 and 1")
    return confidence


def mean_of(values: Floats) -> float:
    """Arithmetic mean; exact where all values are the same, whatever their number."""
    first = float(values[0])
    return first + float(np.mean(values - first))


def median_of(values: Floats) -> float:
    """The median of at least one value, as numpy has it, whose own imports numpy.ma (10 ms)."""
    ordered, n = np.sort(values), values.size
    return float((ordered[(n - 1) // 2] + ordered[n // 2]) / 2)


def quantile_of(values: Floats, q: float) -> float:
    """The q-quantile of at least one value, interpolated linearly, as numpy has it, whose own imports numpy.ma."""
    ordered = np.sort(values)
    position = q * (ordered.size - 1)
    rank = min(int(position), ordered.size - 1)
    low, high = float(ordered[rank]), float(ordered[min(rank + 1, ordered.size - 1)])
    share = position - rank
    return low + share * (high - low) if share < 0.5 else high - (1.0 - share) * (high - low)
