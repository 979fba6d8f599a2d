"""What was live at a moment?"""

from dataclasses import dataclass

from contexta_processor.base.query import Query
from contexta_processor.base.statement import statement
from contexta_processor.investigate.deployments.deployments import Deployment, found_deployments
from contexta_processor.investigate.deployments.environments import (
    known_environments,
    no_such_environment,
)
from contexta_processor.investigate.deployments.moment import moment_of
from contexta_processor.investigate.results import Row, Rows, iso, rows_of


@dataclass(frozen=True)
class Live:
    """A deployment that was live, and the stretch of time around the moment. live_until: None: still."""

    deployment: Deployment
    live_from: int
    live_until: int | None

    def to_dict(self) -> dict[str, object]:
        """The deployment's document, with `live_from` and `live_until`."""
        return {
            **self.deployment.to_dict(),
            "live_from": iso(self.live_from),
            "live_until": iso(self.live_until),
        }


@dataclass(frozen=True)
class LiveAt:
    """What was live. at: UTC. first_live_at: by environment that was looked at, when the first deployment known went
    live there (None: none ever did)."""

    at: str
    environment: str | None
    live: tuple[Live, ...]
    first_live_at: dict[str, int | None]

    def to_dict(self) -> dict[str, object]:
        """`{"at", "environment", "deployments": […]}`; no deployment: none is known to have been live."""
        return {
            "at": self.at,
            "environment": self.environment,
            "deployments": [each.to_dict() for each in self.live],
        }

    def rows(self) -> Rows:
        """One row per environment in which something was live."""
        columns = ("environment", "deployment_id", "live_from", "live_until", "promoted_artifact")
        also = ("source_run", "supporting_report", "approved_by")
        documents = [each.to_dict() for each in self.live]
        return Rows(
            (*columns, *also),
            [[document[name] for name in (*columns, *also)] for document in documents],
            {"live_from": "time", "live_until": "time"},
        )


def live_at(query: Query, at: str, *, environment: str | None = None) -> LiveAt:
    """What was live in every environment, or one, at a moment (as `moment_of` reads it).

    Raises: ContextaError if it is no moment; with Exit.UNDECIDED if nothing names the environment.
    """
    moment = moment_of(at)
    known = known_environments(query)
    if environment is not None and environment not in known:
        raise no_such_environment(environment, list(known))
    found = _rows(query, "live_at", {"at": moment, "environment": environment})
    by_id = {each.deployment_id: each for each in found_deployments(query, None, environment)}
    live = tuple(
        Live(by_id[row["deployment_id"]], row["live_from"], row["live_until"]) for row in found
    )
    looked_at = {environment: known[environment]} if environment is not None else known
    return LiveAt(f"{moment.removesuffix('.000000')}Z", environment, live, looked_at)


def _rows(query: Query, name: str, given: dict[str, str | None]) -> list[Row]:
    return rows_of(query.query(statement(f"investigate/deployments/{name}"), given))
