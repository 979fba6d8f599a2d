"""What happened in a run, in one line of time?"""

from dataclasses import dataclass

from contexta_processor.base.query import Query
from contexta_processor.base.statement import statement
from contexta_processor.investigate.known_names import require_known
from contexta_processor.investigate.results import (
    Row,
    Rows,
    from_json,
    iso,
    present,
    rows_of,
    whole,
)

TYPES = ("event", "metric", "span", "degraded_marker")

COLUMNS = (
    "timestamp",
    "type",
    "stage",
    "name",
    "scope",
    "slice",
    "value",
    "unit",
    "step",
    "operation",
    "duration_ms",
    "status",
    "severity",
    "reason",
    "detail",
    "batch_id",
    "sample_id",
)


@dataclass(frozen=True)
class Records:
    """Records of one run, in order of time; `total` counts those that fit, shown or not."""

    run_id: str
    records: tuple[dict[str, object], ...]
    total: int

    def to_dict(self) -> dict[str, object]:
        """`{"records": […]}`; a record has the fields its type has, and leaves out what it lacks."""
        return {"records": list(self.records), "run_id": self.run_id, "total": self.total}

    def rows(self) -> Rows:
        """One row per record, in the columns most records have."""
        return Rows(
            COLUMNS, [[record.get(column) for column in COLUMNS] for record in self.records]
        )


def list_records(
    query: Query,
    run_id: str,
    *,
    record_type: str | None = None,
    stage: str | None = None,
    limit: int | None = None,
) -> Records:
    """Events, metrics, spans and degraded markers of a run; `record_type` is one of TYPES.

    Raises: ContextaError with Exit.UNDECIDED if there is none and no run of the project has such a stage.
    """
    given = {"run_id": run_id, "type": record_type, "stage": stage, "limit": limit}
    rows = rows_of(query.query(statement("investigate/records"), given))
    if not rows and limit != 0:
        require_known(query, run_id, {"stage": stage}, see=f"contexta show {run_id}")
    return Records(
        run_id, tuple(_record(run_id, row) for row in rows), rows[0]["total"] if rows else 0
    )


def _record(run_id: str, row: Row) -> dict[str, object]:
    told = {
        name: value
        for name, value in row.items()
        if name not in ("total", "occurred_at", "attributes", "duration_ms")
    }
    return present(
        **told,
        run_id=run_id,
        timestamp=iso(row["occurred_at"]),
        duration_ms=whole(row["duration_ms"]),
        attributes=from_json(row["attributes"]) or None,
    )
