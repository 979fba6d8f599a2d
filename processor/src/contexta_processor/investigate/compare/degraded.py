"""What is known to be missing or doubtful in either run, and what it forbids concluding."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from contexta_processor.base.query import Params, Query
from contexta_processor.base.statement import statement
from contexta_processor.investigate.compare.runs import Side
from contexta_processor.investigate.results import rows_of

TEXT = "comparing the text of samples"
SAMPLES = "a verdict on samples that only one run has"
WHOLE = "calling what is absent unchanged"

LOSSES = frozenset({"capture", "transport", "sampling", "interruption", "retention"})
"""Categories of evidence that was there and did not arrive, or is gone."""

_FORBIDS: Mapping[str, tuple[str, ...]] = {
    "redaction": (TEXT,),
    "sampling": (SAMPLES, "calling rates of the two runs the same"),
    "transport": (SAMPLES, WHOLE),
    "capture": (SAMPLES, WHOLE),
    "interruption": (WHOLE,),
    "retention": (SAMPLES, WHOLE),
    "import": ("relying on times and addresses of what was imported",),
    "replay": ("relying on times",),
    "verification": ("relying on the artifact that failed verification",),
}


@dataclass(frozen=True)
class Degraded:
    """Markers of one kind on one side. severity as told: warning or error."""

    side: Side
    stage: str | None
    reason: str
    category: str
    severity: str
    detail: str | None
    count: int

    @property
    def forbids(self) -> tuple[str, ...]:
        """What may not be concluded while this stands."""
        return _FORBIDS.get(self.category, ())

    @property
    def is_loss(self) -> bool:
        """Whether evidence is gone, rather than less sharp."""
        return self.category in LOSSES

    def to_dict(self) -> dict[str, object]:
        """One element of `comparison.degraded_evidence`."""
        return {
            "side": self.side,
            "stage": self.stage,
            "reason": self.reason,
            "category": self.category,
            "severity": self.severity,
            "detail": self.detail,
            "count": self.count,
            "forbids": list(self.forbids),
        }


def load_degraded(query: Query, params: Params) -> tuple[Degraded, ...]:
    """Warnings and errors about either side's evidence: the candidate's first, errors before warnings."""
    rows = rows_of(query.query(statement("investigate/compare/degraded"), params))
    sides: tuple[Side, ...] = ("candidate", "baseline")
    return tuple(
        Degraded(
            side, row["stage"], row["reason"], row["category"], row["severity"], row["detail"], row["count"]
        )
        for side in sides
        for row in rows
        if row["run_id"] == params[side]
    )  # fmt: skip


def losses_in(degraded: Iterable[Degraded], stages: frozenset[str | None]) -> list[Degraded]:
    """Losses that may have taken samples of some stages: of those stages, or of no stage in particular."""
    return [
        each for each in degraded if each.is_loss and (each.stage is None or each.stage in stages)
    ]
