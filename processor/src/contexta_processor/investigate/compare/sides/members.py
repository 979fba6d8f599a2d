"""The runs of two sides, and how they are spoken of."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from contexta_processor.base.errors import ContextaError, Exit
from contexta_processor.base.query import Query
from contexta_processor.base.statement import statement
from contexta_processor.investigate.compare.degraded import Degraded
from contexta_processor.investigate.compare.runs import SIDES, ComparedRun, run_of
from contexta_processor.investigate.compare.runs import Side as SideName
from contexta_processor.investigate.compare.sides.selecting import Side
from contexta_processor.investigate.results import rows_of

_NAMED = 4


@dataclass(frozen=True)
class Members:
    """Both sides and what their runs say of themselves."""

    baseline: Side
    candidate: Side
    known: Mapping[str, ComparedRun]

    @property
    def runs(self) -> tuple[str, ...]:
        """Every run's id, the baseline's first."""
        return (*self.baseline.runs, *self.candidate.runs)

    @property
    def sizes(self) -> tuple[int, int]:
        """How many runs either side has."""
        return len(self.baseline.runs), len(self.candidate.runs)

    def of(self, side: SideName) -> tuple[str, ...]:
        """The ids of one side."""
        return self.baseline.runs if side == "baseline" else self.candidate.runs

    def side_of(self, run: str) -> SideName:
        """The side a run is on."""
        return "baseline" if run in self.baseline.runs else "candidate"


def load_members(query: Query, baseline: Side, candidate: Side) -> Members:
    """Raises: ContextaError with Exit.UNDECIDED if there is no such run, with Exit.USAGE if one is on both sides."""
    asked = [*baseline.runs, *candidate.runs]
    rows = rows_of(query.query(statement("investigate/compare/sides/members"), {"runs": asked}))
    known = {row["run_id"]: run_of(row) for row in rows}
    for run in asked:
        if run not in known:
            raise ContextaError(
                f"there is no run {run}",
                cause="no evidence carries this run id",
                hint="contexta runs",
                exit_code=Exit.UNDECIDED,
            )
    both = sorted(set(baseline.runs) & set(candidate.runs))
    if both:
        raise ContextaError(
            f"{named(both)} cannot be on both sides",
            cause="runs are counted once: against itself a run proves nothing",
            hint="name each run on one side alone",
        )
    return Members(baseline, candidate, known)


def load_doubts(query: Query, members: Members) -> tuple[tuple[str, Degraded], ...]:
    """Warnings and errors about any run's evidence, each with the run: the candidate's first, errors first."""
    asked = {"runs": list(members.runs)}
    rows = rows_of(query.query(statement("investigate/compare/sides/degraded"), asked))
    return tuple(
        (
            row["run_id"],
            Degraded(
                side, row["stage"], row["reason"], row["category"], row["severity"], row["detail"], row["count"]
            ),
        )
        for side in reversed(SIDES)
        for row in rows
        if members.side_of(row["run_id"]) == side
    )  # fmt: skip


def named(runs: Iterable[str]) -> str:
    """`seed_1, seed_2`, the first few of many."""
    told = list(runs)
    more = f" and {len(told) - _NAMED} more" if len(told) > _NAMED + 1 else ""
    return ", ".join(told[:_NAMED] if more else told) + more


def by_value(values: Mapping[str, str | None]) -> str:
    """What runs have, by name where they differ: `4`, or `4 (seed_1, seed_2), none (seed_3)`."""
    found: dict[str, list[str]] = {}
    for run, value in values.items():
        found.setdefault("none" if value is None else value, []).append(run)
    if len(found) == 1:
        return next(iter(found))
    return ", ".join(f"{value} ({named(runs)})" for value, runs in found.items())
