"""Curves over steps: did one blow up?"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from contexta_processor.investigate.diagnose.evidence import LEAST_POINTS

NOISE: Final = 8.0
"""So many times its own step-to-step noise a curve must end beyond its best."""


@dataclass(frozen=True)
class Divergence:
    """Where a curve began, its best and its end (medians of a few points), and where the best was."""

    start: float
    best: float
    best_at: int
    end: float


def divergence(values: Sequence[float | None], *, higher_is_better: bool) -> Divergence | None:
    """Whether a curve ends worse than it began, and far beyond its noise from its best; None if not.

    values: in order of the steps; NaN and infinities are left out (another finding tells of them).
    Start, best and end are running medians over a window of 3 to 5 % of the points, so that one spike is no
    end. Noise is 1.4826 × the median size of a step's change. A curve that rises again without passing its
    start, or that stays where it is, has not diverged.
    """
    array = np.array([value for value in values if value is not None], dtype=float)
    kept = np.flatnonzero(np.isfinite(array))
    finite = array[kept]
    if finite.size < LEAST_POINTS:
        return None
    losses = -finite if higher_is_better else finite
    window = max(3, finite.size // 20)
    smooth = np.median(np.lib.stride_tricks.sliding_window_view(losses, window), axis=1)
    noise = 1.4826 * float(np.median(np.abs(np.diff(losses))))
    best = int(np.argmin(smooth))
    start, end = float(smooth[0]), float(smooth[-1])
    # Where most steps change nothing the noise is 0: then a tenth of the curve's own height counts.
    beyond = max(NOISE * noise, 0.1 * abs(start - float(smooth[best])), 1e-12)
    if end <= start or end - float(smooth[best]) <= beyond:
        return None
    sign = -1.0 if higher_is_better else 1.0
    return Divergence(
        start=sign * start,
        best=sign * float(smooth[best]),
        best_at=int(kept[best + window // 2]),
        end=sign * end,
    )
