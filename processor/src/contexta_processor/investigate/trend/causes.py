"""What else was another where a series changed: between the run before a change and the run of it."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from contexta_processor.base.query import Query
from contexta_processor.base.statement import statement
from contexta_processor.investigate.results import rows_of
from contexta_processor.investigate.trend.series import ChangePoint, Difference, Series

CAUSES = ("data", "code", "configuration", "environment", "hardware")
"""The likeliest first."""
SHOWN = 8

Conditions = Mapping[str, Mapping[str, str]]
"""Of one run: cause → key → value."""


def with_differences(query: Query, found: list[Series]) -> list[Series]:
    """The series with what differs at each of their change points. A cause that one of both runs recorded nothing of is
    not listed: that is not known to differ."""
    pairs = {_runs(series, change) for series in found for change in series.changes}
    ids = sorted({run_id for pair in pairs for run_id in pair if run_id is not None})
    if not ids:
        return found
    told = _conditions(query, ids)
    return [
        replace(
            series, changes=tuple(_explained(series, change, told) for change in series.changes)
        )
        for series in found
    ]


def _runs(series: Series, change: ChangePoint) -> tuple[str | None, str | None]:
    return series.points[change.previous].run_id, series.points[change.index].run_id


def _conditions(query: Query, run_ids: list[str]) -> dict[str, dict[str, dict[str, str]]]:
    rows = rows_of(query.query(statement("investigate/trend/conditions"), {"run_ids": run_ids}))
    found: dict[str, dict[str, dict[str, str]]] = {}
    for row in rows:
        of_run = found.setdefault(row["run_id"], {})
        of_run.setdefault(row["cause"], {})[row["key"]] = row["value"]
    return found


def _explained(series: Series, change: ChangePoint, told: Mapping[str, Conditions]) -> ChangePoint:
    before, after = _runs(series, change)
    if before is None or after is None or before == after:
        return change
    differences = list(_differences(told.get(before, {}), told.get(after, {})))
    return replace(
        change, differences=tuple(differences[:SHOWN]), differences_total=len(differences)
    )


def _differences(before: Conditions, after: Conditions) -> Iterable[Difference]:
    for cause in CAUSES:
        old, new = before.get(cause), after.get(cause)
        if old is None or new is None:
            continue
        for key in sorted({*old, *new}):
            if old.get(key) != new.get(key):
                yield Difference(cause, key, old.get(key), new.get(key))
