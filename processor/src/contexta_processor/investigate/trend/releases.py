"""What was deployed, and from which project: where services that measure belong, and the marks among points."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from contexta_processor.base.query import Query
from contexta_processor.base.statement import statement
from contexta_processor.investigate.results import Row, rows_of


@dataclass(frozen=True)
class Release:
    """A deployment. live_at: when it completed, else began, Unix nanoseconds. source_run: told, else the run that
    produced what it deploys. project: that run's, None if it is not known."""

    deployment_id: str
    environment: str | None
    status: str
    live_at: int | None
    promoted_artifact: str | None
    source_run: str | None
    project: str | None


def releases(query: Query) -> tuple[Release, ...]:
    """Every deployment there is, in the order they went live."""
    found = [Release(**row) for row in _rows(query, "releases")]
    unknown = sorted({name for each in found if (name := _maker_unknown(each)) is not None})
    if not unknown:
        return tuple(found)
    rows = _rows(query, "makers", artifacts=unknown)
    makers = {row["artifact_id"]: (row["run_id"], row["project"]) for row in rows}
    return tuple(_from_maker(each, makers.get(_maker_unknown(each) or "")) for each in found)


def live_now(query: Query) -> frozenset[str]:
    """The deployments that are live as far as the evidence goes."""
    return frozenset(row["deployment_id"] for row in _rows(query, "live"))


def _maker_unknown(release: Release) -> str | None:
    """The artifact of a release whose run, or the run's project, nobody told."""
    return release.promoted_artifact if release.project is None else None


def _from_maker(release: Release, maker: tuple[str, str | None] | None) -> Release:
    if maker is None:
        return release
    run, project = maker
    return replace(release, source_run=release.source_run or run, project=project)


def _rows(query: Query, name: str, **given: Sequence[str]) -> list[Row]:
    return rows_of(query.query(statement(f"investigate/trend/{name}"), given))
