"""What a trend is asked of."""

from dataclasses import dataclass
from typing import Literal, get_args

Of = Literal["metric", "duration", "artifact-size", "failure-rate"]
Over = Literal["runs", "steps", "time"]

KINDS: tuple[Of, ...] = get_args(Of)
DEFAULT_LAST: dict[Over, int] = {"runs": 100, "steps": 100_000, "time": 1_000}
DEFAULT_SPREAD = 3.0


@dataclass(frozen=True)
class Asked:
    """A figure by its name, and which of its values are meant.

    name: of a metric or sample score; with `of` duration `run` or a stage; artifact-size a kind of artifact;
        failure-rate `samples` or a failure tag.
    run_id: over the steps of this run, instead of over runs.
    last: so many runs of each project and type (values of each address over steps and time), the newest; 0 for all, None
        for 100 runs, 100,000 steps, 1,000 values over time.
    spread: half the width of the band, in robust standard deviations.
    against: what to measure drift from: a run, artifact or deployment, or a stretch `A..B`; None for the declared reference.
    changes: whether to look for change points; None: over runs and time, not over steps, where a curve moves by design.
    """

    name: str
    of: Of = "metric"
    run_id: str | None = None
    project: str | None = None
    run_type: str | None = None
    stage: str | None = None
    slice: str | None = None
    scope: str | None = None
    environment: str | None = None
    last: int | None = None
    spread: float = DEFAULT_SPREAD
    against: str | None = None
    changes: bool | None = None

    def looks_for_changes(self, over: Over) -> bool:
        """Whether change points are looked for in a series over runs, steps or time."""
        return over != "steps" if self.changes is None else self.changes

    def newest(self, over: Over) -> int | None:
        """How many of the newest to take; None for all."""
        return DEFAULT_LAST[over] if self.last is None else self.last or None
