"""What else was another where a series changed: between the run before a change and the run of it."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from contexta_processor.base.query import Query
from contexta_processor.base.statement import statement
from contexta_processor.investigate.results import Row, rows_of
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
    found: dict[str, dict[str, dict[str, str]]] = {}
    for row in _rows(query, "conditions", run_ids=run_ids):
        of_run = found.setdefault(row["run_id"], {})
        of_run.setdefault(row["cause"], {})[row["key"]] = row["value"]
    for run, data in _data(query, run_ids).items():
        found.setdefault(run, {})["data"] = data
    return found


def _data(query: Query, run_ids: list[str]) -> dict[str, dict[str, str]]:
    """What each run consumed: by the name of the data set, else by its kind, what tells its content, else its id."""
    inputs = _rows(query, "inputs", run_ids=run_ids)
    if not inputs:
        return {}
    ids = sorted({row["artifact_id"] for row in inputs})
    contents = {row["artifact_id"]: row for row in _rows(query, "contents", artifacts=ids)}
    found: dict[str, dict[str, set[str]]] = {}
    for row in inputs:
        content = contents.get(row["artifact_id"], {})
        told = found.setdefault(row["run_id"], {}).setdefault(content.get("key") or "input", set())
        told.add(content.get("told") or row["artifact_id"])
    return {
        run: {key: ", ".join(sorted(told)) for key, told in data.items()}
        for run, data in found.items()
    }


def _rows(query: Query, name: str, **given: list[str]) -> list[Row]:
    return rows_of(query.query(statement(f"investigate/trend/{name}"), given))


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
