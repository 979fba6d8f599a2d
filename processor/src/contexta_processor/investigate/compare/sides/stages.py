"""How far the runs of two sides got, and which of them have a whole stage to measure in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from contexta_processor.base.query import Query
from contexta_processor.base.statement import statement
from contexta_processor.investigate.compare.runs import SIDES
from contexta_processor.investigate.compare.sides.members import Members
from contexta_processor.investigate.compare.stages import COMPLETED, StagePair, Stages
from contexta_processor.investigate.results import rows_of


@dataclass(frozen=True)
class StageOverRuns:
    """One stage: its status in every run (None: never opened) and how long it took there, in ms (None: not known)."""

    stage: str
    statuses: Mapping[str, str | None]
    durations: Mapping[str, float | None]
    pair: StagePair

    @property
    def whole(self) -> bool:
        """Whether any run completed it."""
        return COMPLETED in self.statuses.values()

    @property
    def short(self) -> Mapping[str, str | None]:
        """The runs that did not complete it, with what became of it there."""
        return {run: status for run, status in self.statuses.items() if status != COMPLETED}

    def to_dict(self) -> dict[str, object]:
        """One element of `comparison.stages`."""
        runs = [{"run": run, "status": status} for run, status in self.statuses.items()]
        return {**self.pair.to_dict(), "runs": runs}


@dataclass(frozen=True)
class SideStages:
    """The stages of all runs, in pipeline order."""

    over_runs: tuple[StageOverRuns, ...]

    def measured_in(self, stages: frozenset[str]) -> Stages:
        """The sides' stages as two runs' are, for what forbids comparing; `stages`: where figures are from."""
        return Stages(tuple(each.pair for each in self.over_runs), stages)

    def unfinished(self, stage: str | None, measured: frozenset[str]) -> dict[str, str]:
        """Runs whose figures of `stage` (None: of the whole run) are not what the others' are, with the reason."""
        found: dict[str, str] = {}
        for each in self.over_runs:
            concerned = each.stage == stage if stage else each.stage in measured
            if concerned and each.whole:
                for run, status in each.short.items():
                    found.setdefault(run, f"stage {each.stage} is {status or 'missing'} in {run}")
        return found


def load_side_stages(query: Query, members: Members) -> SideStages:
    """Every stage known to any run."""
    asked = {"runs": list(members.runs)}
    rows = rows_of(query.query(statement("investigate/compare/sides/stages"), asked))
    found: dict[str, dict[str, tuple[str, float | None]]] = {}
    for row in rows:
        found.setdefault(row["stage"], {})[row["run_id"]] = (row["status"], row["duration_ms"])
    return SideStages(tuple(_over_runs(stage, told, members) for stage, told in found.items()))


def _over_runs(
    stage: str, told: Mapping[str, tuple[str, float | None]], members: Members
) -> StageOverRuns:
    statuses = {run: told[run][0] if run in told else None for run in members.runs}
    sides = [_status([statuses[run] for run in members.of(side)]) for side in SIDES]
    durations = {run: told[run][1] if run in told else None for run in members.runs}
    return StageOverRuns(stage, statuses, durations, StagePair(stage, *sides))


def _status(statuses: Sequence[str | None]) -> str | None:
    """What a side has, if any of its runs has it; else what became of it in all, or in the first that opened it."""
    if COMPLETED in statuses:
        return COMPLETED
    return next((status for status in statuses if status is not None), None)
