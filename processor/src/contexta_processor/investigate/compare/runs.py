"""The two runs of a comparison as wholes, and the runs that came before them."""

from dataclasses import dataclass
from typing import Literal

from contexta_processor.base.errors import ContextaError, Exit
from contexta_processor.base.query import Params, Query
from contexta_processor.base.statement import statement
from contexta_processor.investigate.results import Row, rows_of

Side = Literal["baseline", "candidate"]
SIDES: tuple[Side, Side] = ("baseline", "candidate")
HISTORY = 21
"""How many earlier runs a single figure is held against."""


@dataclass(frozen=True)
class ComparedRun:
    """One side: what its run says of itself, and how much of it is known."""

    run_id: str
    project: str | None
    name: str | None
    run_type: str | None
    status: str
    expected_stages: tuple[str, ...] | None
    completeness: str
    has_environment: bool
    has_configuration: bool


@dataclass(frozen=True)
class ComparedRuns:
    """Both sides, and the ids of earlier completed runs of the candidate's project and type, oldest first."""

    baseline: ComparedRun
    candidate: ComparedRun
    history: tuple[str, ...]

    def of(self, side: Side) -> ComparedRun:
        """The run on one side."""
        return self.baseline if side == "baseline" else self.candidate


def compared_runs(query: Query, params: Params) -> ComparedRuns:
    """Raises: ContextaError with Exit.UNDECIDED if there is no such run."""
    asked = {**params, "history": HISTORY}
    rows = rows_of(query.query(statement("investigate/compare/runs"), asked))
    known = {row["run_id"]: row for row in rows if row["role"] == "pair"}
    for side in SIDES:
        if params[side] not in known:
            raise ContextaError(
                f"there is no run {params[side]}",
                cause="no evidence carries this run id",
                hint="contexta runs",
                exit_code=Exit.UNDECIDED,
            )
    history = [row["run_id"] for row in reversed(rows) if row["role"] == "history"]
    baseline, candidate = (run_of(known[str(params[side])]) for side in SIDES)
    return ComparedRuns(baseline, candidate, tuple(history))


def run_of(row: Row) -> ComparedRun:
    """One row of runs.sql."""
    expected = row["expected_stages"]
    return ComparedRun(
        run_id=row["run_id"],
        project=row["project"],
        name=row["name"],
        run_type=row["run_type"],
        status=row["status"],
        expected_stages=None if expected is None else tuple(expected),
        completeness=row["completeness"],
        has_environment=row["has_environment"],
        has_configuration=row["has_configuration"],
    )
