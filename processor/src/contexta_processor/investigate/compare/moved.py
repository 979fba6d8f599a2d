"""The first stage, in pipeline order, whose evidence moved: where to look first."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from contexta_processor.investigate.compare.metrics import MetricDelta
from contexta_processor.investigate.compare.stages import StagePair

DECIDED = ("better", "worse")


@dataclass(frozen=True)
class StageMoved:
    """A stage that moved, and by what that is known.

    because: status, missing (a figure one side lacks), verdict (a figure that got better or worse), difference
    (a figure beyond its margin and its interval, of no known direction) or unproven (beyond its margin, and there
    is no interval to tell movement from noise). metric: the figure concerned.
    """

    stage: str
    because: str
    metric: str | None

    def to_dict(self) -> dict[str, object]:
        """`comparison.first_stage_moved_because`."""
        return {"because": self.because, "metric": self.metric}


def first_moved(stages: Sequence[StagePair], figures: Sequence[MetricDelta]) -> StageMoved | None:
    """The first stage that moved; a figure that only wobbles within its interval or margin has not.

    Slices are questions of their own and do not move a stage, unless a whole figure does.
    """
    for pair in stages:
        if pair.baseline != pair.candidate:
            return StageMoved(pair.stage, "status", None)
        here = [each for each in figures if each.stage == pair.stage and each.slice is None]
        for because, moved in _SIGNS:
            for each in here:
                if moved(each):
                    return StageMoved(pair.stage, because, each.name)
    return None


def _differs(figure: MetricDelta) -> bool:
    """An interval that excludes 0 and a difference beyond the margin, whatever the direction means."""
    if figure.interval is None or figure.verdict != "no_direction":
        return False
    return figure.beyond_margin and not figure.interval[0] <= 0 <= figure.interval[1]


def _unproven(figure: MetricDelta) -> bool:
    return figure.comparable and figure.interval is None and figure.beyond_margin


def _missing(figure: MetricDelta) -> bool:
    return figure.missing_side is not None


def _decided(figure: MetricDelta) -> bool:
    return figure.verdict in DECIDED


_SIGNS: tuple[tuple[str, Callable[[MetricDelta], bool]], ...] = (
    ("missing", _missing),
    ("verdict", _decided),
    ("difference", _differs),
    ("unproven", _unproven),
)
