"""How far two runs got, and which of their stages may be held against each other."""

from dataclasses import dataclass

from contexta_processor.base.query import Params, Query
from contexta_processor.base.statement import statement
from contexta_processor.investigate.results import rows_of

COMPLETED = "completed"


@dataclass(frozen=True)
class StagePair:
    """One stage in two runs: its status on either side, None where the run never opened it."""

    stage: str
    baseline: str | None
    candidate: str | None

    def to_dict(self) -> dict[str, object]:
        """One element of `comparison.stages`."""
        return {"stage": self.stage, "baseline": self.baseline, "candidate": self.candidate}

    @property
    def obstacle(self) -> str | None:
        """Why figures of this stage cannot be compared: it was whole on one side only."""
        if (self.baseline == COMPLETED) == (self.candidate == COMPLETED):
            return None
        return (
            f"stage {self.stage} is {self.baseline or 'missing'} in the baseline "
            f"and {self.candidate or 'missing'} in the candidate"
        )


@dataclass(frozen=True)
class Stages:
    """The stages of two runs, in pipeline order."""

    pairs: tuple[StagePair, ...]
    measured: frozenset[str]
    """Stages that metrics or samples of either run belong to: whole-run figures rest on them."""

    def obstacle(self, stage: str | None) -> str | None:
        """Why a figure of `stage` (None: of the whole run) cannot be compared; None: it can."""
        for pair in self.pairs:
            concerned = pair.stage == stage if stage else pair.stage in self.measured
            if concerned and pair.obstacle:
                return pair.obstacle
        return None


def load_stages(query: Query, params: Params) -> tuple[StagePair, ...]:
    """Both runs' stages, including those that a run announced and never opened."""
    rows = rows_of(query.query(statement("investigate/compare/stages"), params))
    return tuple(StagePair(row["stage"], row["baseline"], row["candidate"]) for row in rows)
