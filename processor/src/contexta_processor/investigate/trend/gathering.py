"""From statements to series over runs: the points of each address, with a gap where a run has no figure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from contexta_processor.base.query import Query
from contexta_processor.base.statement import statement
from contexta_processor.investigate.results import Row, rows_of
from contexta_processor.investigate.trend.asked import Asked
from contexta_processor.investigate.trend.series import (
    NOT_FINAL,
    Address,
    Gap,
    Point,
    Series,
    gap_of,
)

Rows = list[Row]

_SHARED = ("name", "project", "run_type")


@dataclass(frozen=True)
class Runs:
    """The runs that could have a value, oldest first, by project and type."""

    by_kind: Mapping[tuple[str | None, str | None], Sequence[Row]]
    by_id: Mapping[str, Row]


def over_runs(query: Query, asked: Asked) -> list[Series]:
    """One series for each address that any of the runs has a value at."""
    found = _values(query, asked)
    if not found:
        return []
    runs = _runs(query, asked)
    addresses: dict[Address, dict[str, Row]] = {}
    for row in found:
        run = runs.by_id.get(row["run_id"])
        if run is not None:
            addresses.setdefault(_address(row, run), {})[row["run_id"]] = row
    return [
        _series(address, rows, runs.by_kind[address.project, address.run_type], addresses)
        for address, rows in addresses.items()
    ]


def _runs(query: Query, asked: Asked) -> Runs:
    given = {"project": asked.project, "run_type": asked.run_type, "last": asked.newest("runs")}
    rows = rows_of(query.query(statement("investigate/trend/runs"), {**given, "run_id": None}))
    by_kind: dict[tuple[str | None, str | None], list[Row]] = {}
    for row in rows:
        by_kind.setdefault((row["project"], row["run_type"]), []).append(row)
    return Runs(by_kind, {row["run_id"]: row for row in rows})


def _values(query: Query, asked: Asked) -> Rows:
    """Rows of the statement for what is asked, each with the columns of an address and a value."""
    if asked.of == "duration":
        rows = _ask(query, "durations", asked)
        return [row | {"unit": "ms", "higher_is_better": False} for row in rows]
    if asked.of == "artifact-size":
        return [row | {"unit": "By"} for row in _ask(query, "sizes", asked, "stage")]
    if asked.of == "failure-rate":
        rows = _ask(query, "failures", asked, "stage", "slice")
        return [row | {"unit": "1", "scope": "sample", "higher_is_better": False} for row in rows]
    rows: Rows = []
    if asked.scope != "sample":
        rows += _ask(query, "values", asked, "stage", "slice", "scope")
    if asked.scope in (None, "sample"):
        scores = _ask(query, "scores", asked, "stage", "slice")
        rows += [row | {"scope": "sample", "aggregation": "mean"} for row in scores]
    return rows


def _ask(query: Query, name: str, asked: Asked, *more: str) -> Rows:
    given = {word: getattr(asked, word) for word in (*_SHARED, *more)}
    given["last"] = asked.newest("runs")
    return rows_of(query.query(statement(f"investigate/trend/{name}"), given))


def _address(row: Row, run: Row) -> Address:
    same = ("scope", "stage", "operation", "slice", "unit", "aggregation", "attributes")
    told = {name: row.get(name) for name in same}
    return Address(project=run["project"], run_type=run["run_type"], **told)


def _series(
    address: Address,
    rows: Mapping[str, Row],
    runs: Sequence[Row],
    addresses: Mapping[Address, Mapping[str, Row]],
) -> Series:
    first = next(index for index, run in enumerate(runs) if run["run_id"] in rows)
    elsewhere = {
        run_id
        for other, values in addresses.items()
        if other != address and replace(other, unit=address.unit) == address
        for run_id in values
    }
    points = tuple(_point(run, rows.get(run["run_id"]), elsewhere) for run in runs[first:])
    left_out = counted_gaps(points) | {
        "before_first": first,
        "older": runs[0]["total"] - len(runs),
        **_samples_left_out(rows.values()),
    }
    units = sorted(
        {
            other.unit or "no unit"
            for other in addresses
            if other != address and replace(other, unit=address.unit) == address
        }
    )
    notes = (f"also recorded in another unit: {', '.join(units)}",) if units else ()
    return Series(
        address,
        "runs",
        points,
        higher_is_better=one_direction(rows.values()),
        left_out=left_out,
        notes=notes,
    )


def _samples_left_out(rows: Iterable[Row]) -> dict[str, int]:
    """Where figures are made of samples: how many of these are not in them."""
    found: dict[str, int] = {}
    for row in rows:
        for column, name in (("unknown", "samples_unknown"), ("not_finite", "samples_not_finite")):
            if column in row:
                found[name] = found.get(name, 0) + row[column]
    return found


def one_direction(rows: Iterable[Row]) -> bool | None:
    """The direction all rows that tell one agree on."""
    told = {row.get("higher_is_better") for row in rows} - {None}
    return told.pop() if len(told) == 1 else None


def _point(run: Row, row: Row | None, elsewhere: set[str]) -> Point:
    of_run = Point(
        run_id=run["run_id"],
        run_name=run["name"],
        started_at=run["started_at"],
        status=run["status"],
        completeness=run["completeness"],
        degraded_count=run["degraded_count"],
    )
    if row is None:
        return replace(of_run, gap=_absence(run, elsewhere))
    gap = gap_of(row["value"])
    if gap == "unknown" and row.get("not_finite"):
        gap = "nan"
    if gap == "unknown" and "running" in (run["status"], row.get("status")):
        gap = "open"
    figures = ("value", "occurred_at", "sample_count", "stddev", "parts", "reference", "step")
    return replace(of_run, gap=gap, **{name: row.get(name) for name in figures})


def _absence(run: Row, elsewhere: set[str]) -> Gap:
    if run["run_id"] in elsewhere:
        return "other_unit"
    return "open" if run["status"] == "running" else "missing"


def counted_gaps(points: Sequence[Point]) -> dict[str, int]:
    """How many points are a gap, by why, and how many figures are not known to be final."""
    gaps = ("missing", "open", "other_unit", "unknown", "nan", "infinite")
    found = {gap: sum(point.gap == gap for point in points) for gap in gaps}
    not_final = sum(point.gap is None and point.status in NOT_FINAL for point in points)
    return found | {"not_final": not_final, "tainted": 0}
