"""Which runs are there?"""

from dataclasses import dataclass
from typing import Any

from contexta_processor.base.query import Query
from contexta_processor.base.statement import statement
from contexta_processor.investigate.results import Row, Rows, from_json, iso, rows_of, whole


@dataclass(frozen=True)
class RunSummary:
    """One line of the list of runs. Times are Unix nanoseconds, UTC; durations milliseconds.

    stages_expected: how many the run announced or opened, or None when it announced none.
    completeness: complete, partial or unknown.
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
    tags: dict[str, Any]
    completeness: str
    stages_done: int
    stages_seen: int
    stages_expected: int | None
    degraded_count: int

    @classmethod
    def of(cls, row: Row) -> "RunSummary":
        """From a row of `runs.sql`."""
        seen: list[str] = row["stages_seen"] or []
        expected: list[str] = row["expected_stages"] or []
        same = ("run_id", "project", "name", "run_type", "status", "started_at", "ended_at")
        also = ("duration_ms", "parent_run_id", "attempt", "service_name", "completeness")
        return cls(
            **{name: row[name] for name in (*same, *also)},
            tags=from_json(row["tags"]) or {},
            stages_done=row["stages_done"],
            stages_seen=len(seen),
            stages_expected=len({*expected, *seen}) if expected else None,
            degraded_count=row["degraded_count"],
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
            "tags": self.tags,
            "completeness": self.completeness,
            "stages": {
                "done": self.stages_done,
                "seen": self.stages_seen,
                "expected": self.stages_expected,
            },
            "degraded_markers": self.degraded_count,
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
            "degraded_markers",
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
    given = {"project": project, "status": status, "run_type": run_type, "limit": limit}
    rows = rows_of(query.query(statement("investigate/runs"), given))
    return RunList(tuple(RunSummary.of(row) for row in rows), rows[0]["total"] if rows else 0)
