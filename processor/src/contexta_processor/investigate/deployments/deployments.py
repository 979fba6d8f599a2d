"""What was deployed, from which run, on which evidence, and what was live when?"""

from dataclasses import dataclass, replace
from difflib import get_close_matches

from contexta_processor.base.errors import ContextaError, Exit
from contexta_processor.base.query import Query
from contexta_processor.base.statement import statement
from contexta_processor.investigate.deployments.production import (
    Production,
    Stretch,
    production_of,
)
from contexta_processor.investigate.deployments.promotions import Promotion, list_promotions
from contexta_processor.investigate.lineage.taint import Taint, tainted
from contexta_processor.investigate.results import Row, Rows, iso, rows_of


@dataclass(frozen=True)
class Deployment:
    """One deployment.

    intervals: when it was live, in order; several where it came back after a rollback. previous: what was live
    before it, where a rollback would go. promotions and production are read for one deployment only; empty and
    None in a list. tainted: why what is deployed may not be relied on, or None.
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
    intervals: tuple[Stretch, ...]
    previous: str | None
    approved_by: str | None
    checks: dict[str, str | None]
    completeness: str
    captured_by: str | None
    confidence: str
    promotions: tuple[Promotion, ...] = ()
    production: Production | None = None
    tainted: Taint | None = None

    @classmethod
    def of(cls, row: Row) -> "Deployment":
        """From a row of `deployments.sql`."""
        told = dict(row)
        names, results = told.pop("check_names") or (), told.pop("check_results") or ()
        since, until = told.pop("live_from") or (), told.pop("live_until") or ()
        return cls(
            **told,
            checks=dict(zip(names, results, strict=True)),
            intervals=tuple(zip(since, until, strict=True)),
        )

    @property
    def active_from(self) -> int | None:
        """Since when it is live, or was when it last was; None: it never was."""
        return self.intervals[-1][0] if self.intervals else None

    @property
    def active_until(self) -> int | None:
        """Until when it was last live; None: it is, or never was."""
        return self.intervals[-1][1] if self.intervals else None

    def to_dict(self) -> dict[str, object]:
        """The document of one deployment."""
        document: dict[str, object] = {
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
            "intervals": [{"from": iso(start), "until": iso(end)} for start, end in self.intervals],
            "approved_by": self.approved_by,
            "previous": self.previous,
            "completeness": self.completeness,
            "captured_by": self.captured_by,
            "confidence": self.confidence,
            "tainted": self.tainted.to_dict() if self.tainted else None,
        }
        if self.production is not None:
            document["promotions"] = [each.to_dict() for each in self.promotions]
            document["production"] = self.production.to_dict()
        return document

    def rows(self) -> Rows:
        """One row."""
        return DeploymentList((self,)).rows()


@dataclass(frozen=True)
class DeploymentList:
    """Deployments by environment, newest first, and the decisions about them."""

    deployments: tuple[Deployment, ...]
    promotions: tuple[Promotion, ...] = ()

    def to_dict(self) -> dict[str, object]:
        """`{"deployments": […]}`, with `"promotions": […]` where there are any."""
        document: dict[str, object] = {
            "deployments": [deployment.to_dict() for deployment in self.deployments]
        }
        if self.promotions:
            document["promotions"] = [promotion.to_dict() for promotion in self.promotions]
        return document

    def rows(self) -> Rows:
        """One row per deployment."""
        columns = ("deployment_id", "environment", "status", "active", "started_at", "completed_at")
        also = ("promoted_artifact", "source_run", "supporting_report", "approved_by", "previous")
        last = ("active_from", "active_until", "checks")
        documents = [deployment.to_dict() for deployment in self.deployments]
        return Rows(
            (*columns, *also, *last),
            [[document[name] for name in (*columns, *also, *last)] for document in documents],
            {"active_from": "time", "active_until": "time"},
        )


def list_deployments(query: Query, *, environment: str | None = None) -> DeploymentList:
    """Every deployment and promotion, or those of one environment."""
    return DeploymentList(
        found_deployments(query, None, environment),
        list_promotions(query, environment=environment),
    )


def deployment_of(query: Query, deployment_id: str) -> Deployment:
    """One deployment by its id, with the decisions about its artifact and what its services told.

    Raises: ContextaError with Exit.UNDECIDED if there is none.
    """
    found = found_deployments(query, deployment_id, None)
    if not found:
        raise _no_such(query, deployment_id)
    (item,) = found
    decided: tuple[Promotion, ...] = ()
    if item.promoted_artifact is not None and item.environment is not None:
        decided = list_promotions(
            query, artifact_id=item.promoted_artifact, environment=item.environment
        )
    production = production_of(query, deployment_id, item.intervals)
    return replace(item, promotions=decided, production=production)


def found_deployments(
    query: Query, deployment_id: str | None, environment: str | None
) -> tuple[Deployment, ...]:
    """Deployments of an id, of an environment, or all."""
    given = {"deployment_id": deployment_id, "environment": environment}
    rows = rows_of(query.query(statement("investigate/deployments/deployments"), given))
    marks = tainted(query, [row["deployment_id"] for row in rows])
    return tuple(
        replace(Deployment.of(row), tainted=marks.get(row["deployment_id"])) for row in rows
    )


def _no_such(query: Query, deployment_id: str) -> ContextaError:
    ids = [deployment.deployment_id for deployment in found_deployments(query, None, None)]
    near = get_close_matches(deployment_id, ids, n=3, cutoff=0.6)
    return ContextaError(
        f"there is no deployment {deployment_id!r}",
        cause=f"nearest: {', '.join(near)}" if near else f"{len(ids)} deployments are known",
        hint="contexta deployments   lists them",
        exit_code=Exit.UNDECIDED,
    )
