"""Series over the steps of one run, and over the time of deployments."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from contexta_processor.base.query import Query
from contexta_processor.base.statement import statement
from contexta_processor.investigate.results import Row, rows_of
from contexta_processor.investigate.trend.asked import Asked
from contexta_processor.investigate.trend.gathering import counted_gaps, one_direction
from contexta_processor.investigate.trend.releases import Release
from contexta_processor.investigate.trend.series import Address, Point, Series, gap_of

Rows = list[Row]

_ADDRESS = ("scope", "stage", "operation", "slice", "unit", "aggregation", "attributes")
_OF_DEPLOYMENTS = (
    "project",
    "environment",
    "scope",
    "operation",
    "slice",
    "unit",
    "aggregation",
    "attributes",
)
_FIGURES = ("occurred_at", "value", "sample_count", "stddev", "reference")


def over_steps(query: Query, asked: Asked, run_id: str) -> list[Series]:
    """One series for each address of the metric in the run, by step; by time where no value has a step."""
    given = {"name": asked.name, "run_id": run_id, "stage": asked.stage, "slice": asked.slice}
    rows = rows_of(
        query.query(statement("investigate/trend/steps"), {**given, "scope": asked.scope})
    )
    run = _run(query, run_id)
    return [
        _curve(Address(run["project"], run["run_type"], **_named(_ADDRESS, key)), told, run, asked)
        for key, told in _groups(rows, _ADDRESS)
    ]


def _run(query: Query, run_id: str) -> Row:
    given = {"project": None, "run_type": None, "run_id": run_id, "last": None}
    return rows_of(query.query(statement("investigate/trend/runs"), given))[0]


def _curve(address: Address, rows: Rows, run: Row, asked: Asked) -> Series:
    stepped = [row for row in rows if row["step"] is not None]
    drawn = stepped or rows
    newest = asked.newest("steps")
    kept = drawn[-newest:] if newest else drawn
    points = tuple(
        Point(
            run_id=run["run_id"],
            run_name=run["name"],
            step=row["step"],
            epoch=row["epoch"],
            batch_id=row["batch_id"],
            gap=gap_of(row["value"]),
            completeness=run["completeness"],
            degraded_count=run["degraded_count"],
            **{name: row[name] for name in _FIGURES},
        )
        for row in kept
    )
    left_out = counted_gaps(points) | {
        "older": len(drawn) - len(kept),
        "without_step": len(rows) - len(drawn),
        "repeated": sum(row["repeated"] for row in rows),
    }
    direction = one_direction(rows)
    return Series(address, "steps", points, higher_is_better=direction, left_out=left_out)


def over_time(query: Query, asked: Asked, known: Sequence[Release]) -> list[Series]:
    """One series for each address, project and environment; for each deployment where several were measured at a time.

    The project is that of the run a deployment came from; an environment has one deployment live at a time.
    """
    given = {
        "name": asked.name,
        "project": asked.project,
        "slice": asked.slice,
        "environment": asked.environment,
        "last": asked.newest("time"),
        "deployments": [each.deployment_id for each in known],
        "environments": [each.environment for each in known],
        "projects": [each.project for each in known],
    }
    rows = rows_of(query.query(statement("investigate/trend/deployed"), given))
    return [
        series
        for key, told in _groups(rows, _OF_DEPLOYMENTS)
        for series in _timeline(_named(_OF_DEPLOYMENTS, key), told)
    ]


def _timeline(named: dict[str, str | None], rows: Rows) -> Iterator[Series]:
    turns = [deployment for deployment, _ in groupby(row["deployment_id"] for row in rows)]
    one_after_another = len(turns) == len(set(turns))
    if named["environment"] is not None and one_after_another:
        yield _measured(named, rows)
        return
    for deployment in sorted(set(turns)):
        own = [row for row in rows if row["deployment_id"] == deployment]
        yield _measured(named | {"deployment_id": deployment}, own)


def _measured(named: dict[str, str | None], rows: Rows) -> Series:
    points = tuple(
        Point(
            deployment_id=row["deployment_id"],
            gap=gap_of(row["value"]),
            **{name: row[name] for name in _FIGURES},
        )
        for row in rows
    )
    # The statement counts by environment; a deployment of its own has no count of what is older.
    older = rows[0]["total"] - len(rows) if "deployment_id" not in named else 0
    left_out = counted_gaps(points) | {"older": older}
    address = Address(**named)
    return Series(address, "time", points, higher_is_better=one_direction(rows), left_out=left_out)


def _groups(rows: Rows, names: tuple[str, ...]) -> Iterator[tuple[tuple[str | None, ...], Rows]]:
    """Rows of the same address together, in the order of the statement."""
    found: dict[tuple[str | None, ...], Rows] = {}
    for row in rows:
        found.setdefault(tuple(row[name] for name in names), []).append(row)
    yield from found.items()


def _named(names: tuple[str, ...], key: tuple[str | None, ...]) -> dict[str, str | None]:
    return dict(zip(names, key, strict=True))
