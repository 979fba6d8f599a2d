"""What was decided about bringing artifacts into environments?"""

from dataclasses import dataclass

from contexta_processor.base.query import Query
from contexta_processor.base.statement import statement
from contexta_processor.investigate.results import iso, rows_of


@dataclass(frozen=True)
class Promotion:
    """One decision, approved or rejected. occurred_at: Unix nanoseconds."""

    artifact_id: str | None
    from_environment: str | None
    to_environment: str | None
    decision: str
    report_id: str | None
    decided_by: str | None
    run_id: str | None
    occurred_at: int | None

    def to_dict(self) -> dict[str, object]:
        """One element of `promotions`."""
        return {**vars(self), "occurred_at": iso(self.occurred_at)}


def list_promotions(
    query: Query, *, artifact_id: str | None = None, environment: str | None = None
) -> tuple[Promotion, ...]:
    """Decisions by environment, newest first: all, or of one artifact, to one environment."""
    given = {"artifact_id": artifact_id, "environment": environment}
    rows = rows_of(query.query(statement("investigate/deployments/promotions"), given))
    return tuple(Promotion(**row) for row in rows)
