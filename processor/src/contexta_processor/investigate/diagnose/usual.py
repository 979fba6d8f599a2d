"""What is usual: learned from a project's earlier completed runs of the same type, never from fewer than five."""

from collections.abc import Callable, Sequence
from statistics import NormalDist
from typing import Final

from contexta_processor.investigate.diagnose.evidence import Past
from contexta_processor.investigate.diagnose.history import LEAST_RUNS
from contexta_processor.investigate.diagnose.words import count, span
from contexta_processor.investigate.statistics.history import Band, band

SHARE: Final = 0.8
"""What so large a part of the earlier runs has is expected."""

ALARMS: Final = 0.02
"""So large a part of healthy runs may have a figure outside its band, shared among all figures of a run."""

_SPREAD: Final = 3.0

Has = Callable[[Past], bool]


def enough(past: Sequence[object]) -> bool:
    """Whether there are enough earlier runs, or values of them, to learn from."""
    return len(past) >= LEAST_RUNS


def usually(past: Sequence[Past], has: Has) -> bool:
    """Whether what `has` looks for is in at least 80 % of five or more earlier runs."""
    return enough(past) and sum(map(has, past)) >= SHARE * len(past)


def usual_band(values: Sequence[float], *, among: int = 1) -> Band | None:
    """Where a figure usually lies, from its earlier values; None below five of them.

    The fewer values, the wider: about 3 in 1,000 healthy figures lie outside, whatever their number
    (statistics/history.py). among: how many figures of the run are judged so; the more, the wider, so that
    at most about 1 healthy run in 40 has any figure outside. Infinities and NaN are left out.
    """
    finite = [value for value in values if value == value and abs(value) != float("inf")]
    spread = max(_SPREAD, NormalDist().inv_cdf(1 - ALARMS / 2 / among))
    return band(finite, spread=spread)


def off_by(value: float, usual: Band) -> float:
    """How far a value is from the centre of its band, as a part of the centre (of 1 where that is 0)."""
    return abs(value - usual.center) / (abs(usual.center) or 1.0)


def usual_words(values: Sequence[float]) -> str:
    """`usual 117,000–120,000 over 30 runs`: what the earlier values really were."""
    return f"usual {span(min(values), max(values))} over {count(len(values), 'run')}"


def history_row(past: Sequence[Past], **more: object) -> dict[str, object]:
    """The earlier runs as a row of evidence."""
    return {
        "table": "runs",
        "role": "history",
        "count": len(past),
        "newest": past[0].run_id if past else None,
        "oldest": past[-1].run_id if past else None,
        **more,
    }
