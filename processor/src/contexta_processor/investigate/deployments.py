"""What was deployed, from which run, on which evidence, and what is live now?"""

from dataclasses import dataclass
from difflib import get_close_matches

from contexta_processor.base.errors import ContextaError, Exit
from contexta_processor.base.query import Query
from contexta_processor.base.statement import statement
from contexta_processor.investigate.results import Row, Rows, iso, rows_of


@dataclass(frozen=True)
class Deployment:
    """One deployment. `previous` is what was live before it: where a rollback would go.

    active_from and active_until bound the time it was live; both None if it never was.
    """

    deployment_id: str
    environment: str | None
    status: str
    started_at: int | None
    completed_at: int | None
    promoted_artifact: str | None
    source_run: str | None
    supporting_report: str | None
    active: bool
    active_from: int | None
    active_until: int | None
    previous: str | None
    approved_by: str | None
    checks: dict[str, str | None]
    completeness: str
    captured_by: str | None
    confidence: str

    @classmethod
    def of(cls, row: Row) -> "Deployment":
        """From a row of `deployments.sql`."""
        told = dict(row)
        names, results = told.pop("check_names") or (), told.pop("check_results") or ()
        told["active"] = bool(told["active"])
        return cls(
            **told,
            checks=dict(zip(names, results, strict=True)),
        )

    def to_dict(self) -> dict[str, object]:
        """The document of one deployment."""
        return {
            "deployment_id": self.deployment_id,
            "environment": self.environment,
            "status": self.status,
            "started_at": iso(self.started_at),
            "completed_at": iso(self.completed_at),
            "promoted_artifact": self.promoted_artifact,
            "source_run": self.source_run,
            "supporting_report": self.supporting_report,
            "checks": self.checks,
            "active": self.active,
            "active_from": iso(self.active_from),
            "active_until": iso(self.active_until),
            "approved_by": self.approved_by,
            "previous": self.previous,
            "completeness": self.completeness,
            "captured_by": self.captured_by,
            "confidence": self.confidence,
        }

    def rows(self) -> Rows:
        """One row."""
        return DeploymentList((self,)).rows()


@dataclass(frozen=True)
class DeploymentList:
    """Deployments by environment, newest first."""

    deployments: tuple[Deployment, ...]

    def to_dict(self) -> dict[str, object]:
        """`{"deployments": […]}`."""
        return {"deployments": [deployment.to_dict() for deployment in self.deployments]}

    def rows(self) -> Rows:
        """One row per deployment."""
        columns = ("deployment_id", "environment", "status", "active", "started_at", "completed_at")
        also = ("promoted_artifact", "source_run", "supporting_report", "approved_by", "previous")
        documents = [deployment.to_dict() for deployment in self.deployments]
        return Rows(
            (*columns, *also, "checks"),
            [
                [document[column] for column in (*columns, *also, "checks")]
                for document in documents
            ],
        )


def list_deployments(query: Query, *, environment: str | None = None) -> DeploymentList:
    """Every deployment, or those of one environment."""
    return DeploymentList(_found(query, None, environment))


def deployment_of(query: Query, deployment_id: str) -> Deployment:
    """One deployment by its id.

    Raises: ContextaError with Exit.UNDECIDED if there is none.
    """
    found = _found(query, deployment_id, None)
    if found:
        return found[0]
    ids = [deployment.deployment_id for deployment in _found(query, None, None)]
    near = get_close_matches(deployment_id, ids, n=3, cutoff=0.6)
    raise ContextaError(
        f"there is no deployment {deployment_id!r}",
        cause=f"nearest: {', '.join(near)}" if near else f"{len(ids)} deployments are known",
        hint="contexta deployments   lists them",
        exit_code=Exit.UNDECIDED,
    )


def _found(
    query: Query, deployment_id: str | None, environment: str | None
) -> tuple[Deployment, ...]:
    given = {"deployment_id": deployment_id, "environment": environment}
    rows = rows_of(query.query(statement("investigate/deployments"), given))
    return tuple(Deployment.of(row) for row in rows)
