"""Which runs are there?"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from contexta_processor.base.query import Query
from contexta_processor.base.statement import statement
from contexta_processor.investigate.lineage.taint import Taint, tainted
from contexta_processor.investigate.results import Row, Rows, from_json, iso, rows_of, whole

STATUSES = ("running", "completed", "failed", "interrupted", "cancelled", "unknown")
"""Every status a run can have."""


@dataclass(frozen=True)
class RunSummary:
    """One line of the list of runs. Times are Unix nanoseconds, UTC; durations milliseconds.

    stages_expected: how many the run announced or opened, or None when it announced none;
        missing_stages: the announced ones nothing was seen of.
    completeness: complete, partial or unknown. tainted: why it may not be relied on, or None.
    """

    run_id: str
    project: str | None
    name: str | None
    run_type: str | None
    status: str
    started_at: int | None
    ended_at: int | None
    duration_ms: float | None
    parent_run_id: str | None
    attempt: int | None
    service_name: str | None
    trace_id: str | None
    tags: dict[str, Any]
    completeness: str
    stages_done: int
    stages_seen: int
    stages_expected: int | None
    missing_stages: tuple[str, ...]
    degraded_count: int
    tainted: Taint | None = None

    @classmethod
    def of(cls, row: Row) -> "RunSummary":
        """From a row of `runs.sql`."""
        seen: list[str] = row["stages_seen"] or []
        expected: list[str] = row["expected_stages"] or []
        same = ("run_id", "project", "name", "run_type", "status", "started_at", "ended_at")
        also = ("duration_ms", "parent_run_id", "attempt", "service_name", "trace_id")
        state = ("completeness", "degraded_count", "stages_done")
        return cls(
            **{name: row[name] for name in (*same, *also, *state)},
            tags=from_json(row["tags"]) or {},
            stages_seen=len(seen),
            stages_expected=len({*expected, *seen}) if expected else None,
            missing_stages=tuple(stage for stage in expected if stage not in seen),
        )

    def to_dict(self) -> dict[str, object]:
        """One element of `{"runs": […]}`."""
        return {
            "run_id": self.run_id,
            "project": self.project,
            "name": self.name,
            "run_type": self.run_type,
            "status": self.status,
            "started_at": iso(self.started_at),
            "ended_at": iso(self.ended_at),
            "duration_ms": whole(self.duration_ms),
            "parent_run_id": self.parent_run_id,
            "attempt": self.attempt,
            "service_name": self.service_name,
            "trace_id": self.trace_id,
            "tags": self.tags,
            "completeness": self.completeness,
            "stages_done": self.stages_done,
            "stages_seen": self.stages_seen,
            "stages_expected": self.stages_expected,
            "stages_missing": list(self.missing_stages),
            "degraded_count": self.degraded_count,
            "tainted": self.tainted.to_dict() if self.tainted else None,
        }


@dataclass(frozen=True)
class RunList:
    """Runs, newest first; `total` counts those that fit, shown or not."""

    runs: tuple[RunSummary, ...]
    total: int

    def to_dict(self) -> dict[str, object]:
        """`{"runs": […], "total": n}`."""
        return {"runs": [run.to_dict() for run in self.runs], "total": self.total}

    def rows(self) -> Rows:
        """One row per run."""
        columns = (
            "run_id",
            "project",
            "name",
            "run_type",
            "status",
            "started_at",
            "ended_at",
            "duration_ms",
            "stages_done",
            "stages_expected",
            "completeness",
            "degraded_count",
            "tainted",
        )
        return Rows(
            columns,
            [
                (
                    run.run_id,
                    run.project,
                    run.name,
                    run.run_type,
                    run.status,
                    iso(run.started_at),
                    iso(run.ended_at),
                    whole(run.duration_ms),
                    run.stages_done,
                    run.stages_expected,
                    run.completeness,
                    run.degraded_count,
                    run.tainted.words if run.tainted else None,
                )
                for run in self.runs
            ],
        )


def list_runs(
    query: Query,
    *,
    project: str | None = None,
    status: str | None = None,
    run_type: str | None = None,
    limit: int | None = None,
) -> RunList:
    """Runs that fit every given word, newest first; `limit` None for all of them."""
    given = {
        "run_id": None,
        "project": project,
        "status": status,
        "run_type": run_type,
        "limit": limit,
    }
    rows = rows_of(query.query(statement("investigate/runs"), given))
    return RunList(_marked(query, rows), rows[0]["total"] if rows else 0)


def projects_like(query: Query, project: str) -> list[str] | None:
    """The projects most like one that is not there, or the first few where none is; None if it is there."""
    from difflib import get_close_matches

    known = [row["project"] for row in rows_of(query.query(statement("investigate/projects")))]
    if project in known:
        return None
    return get_close_matches(project, known, n=3, cutoff=0.5) or known[:5]


def find_run(query: Query, run_id: str) -> RunSummary | None:
    """The run of exactly this id, or None."""
    given = dict.fromkeys(("project", "status", "run_type", "limit"))
    rows = rows_of(query.query(statement("investigate/runs"), {**given, "run_id": run_id}))
    return _marked(query, rows)[0] if rows else None


def _marked(query: Query, rows: Sequence[Row]) -> tuple[RunSummary, ...]:
    marks = tainted(query, [row["run_id"] for row in rows]) if rows else {}
    return tuple(replace(RunSummary.of(row), tainted=marks.get(row["run_id"])) for row in rows)
