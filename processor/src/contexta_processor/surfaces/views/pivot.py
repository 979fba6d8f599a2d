"""Figures by slice: a metric a line, a slice a column, while that fits; else a line each."""

from collections.abc import Sequence

from contexta_processor.investigate.results import Row
from contexta_processor.surfaces.render.text import number
from contexta_processor.surfaces.render.view import Cell, Column, Table, Text

_MOST_COLUMNS = 5

Key = tuple[str, ...]


def by_slice(rows: Sequence[Row], *, title: str, value: str) -> Table:
    """Rows with `name`, `slice` and the figure named by `value`; stage, unit and the like if they have them."""
    slices = sorted({row["slice"] for row in rows if row["slice"]})
    if len(slices) > _MOST_COLUMNS:
        return _long(rows, title, value)
    keys: dict[Key, dict[str | None, Row]] = {}
    for row in rows:
        keys.setdefault(_key(row), {})[row["slice"]] = row
    extra = _extra(rows)
    whole = any(row["slice"] is None for row in rows)
    columns = [Column("METRIC" if value == "value" else "SCORE")]
    columns += [Column(name, wrap=True) for name, _ in extra]
    columns += [Column("ALL" if slices else "VALUE", right=True)] if whole else []
    columns += [
        Column(name, right=True, wrap=True, optional=place)
        for place, name in enumerate(slices, start=1)
    ]
    columns += [Column("OVER", wrap=True)] if _spread(rows) else []
    body: list[list[Text]] = []
    for found in keys.values():
        first = next(iter(found.values()))
        line: list[Text] = [first["name"]]
        line += [_told(first, field) for _, field in extra]
        line += [_figure(found.get(None), value)] if whole else []
        line += [_figure(found.get(name), value) for name in slices]
        line += [Cell(_over(first), "dim")] if _spread(rows) else []
        body.append(line)
    return Table(tuple(columns), body, title)


def _long(rows: Sequence[Row], title: str, value: str) -> Table:
    extra = _extra(rows)
    columns = (
        Column("METRIC" if value == "value" else "SCORE"),
        *(Column(name, wrap=True) for name, _ in extra),
        Column("SLICE", wrap=True),
        Column("VALUE", right=True),
        *([Column("OVER", wrap=True)] if _spread(rows) else []),
    )
    body: list[list[Text]] = [
        [
            row["name"],
            *(_told(row, field) for _, field in extra),
            row["slice"] or Cell("all", "dim"),
            _figure(row, value),
            *([Cell(_over(row), "dim")] if _spread(rows) else []),
        ]
        for row in rows
    ]
    return Table(columns, body, title)


def _key(row: Row) -> Key:
    scope = "" if row.get("scope") == "slice" else row.get("scope") or ""
    fields = ("name", "stage", "operation", "unit", "aggregation")
    stage_level = scope in ("", "stage")
    return (*(str(row.get(field) or "") for field in fields), "" if stage_level else scope)


def _extra(rows: Sequence[Row]) -> list[tuple[str, str]]:
    """The columns that any of the rows has something to say in."""
    names = [
        ("STAGE", "stage"),
        ("OPERATION", "operation"),
        ("AS", "aggregation"),
        ("UNIT", "unit"),
    ]
    return [(name, field) for name, field in names if any(_worth(row, field) for row in rows)]


def _worth(row: Row, field: str) -> bool:
    value = row.get(field)
    return value is not None and value not in ("", "1", "last")


def _told(row: Row, field: str) -> Text:
    return row[field] if _worth(row, field) else Cell("–", "dim")


def _figure(row: Row | None, value: str) -> Text:
    if row is None:
        return Cell("–", "dim")
    figure = row[value]
    doubtful = figure is None or figure != figure or figure in (float("inf"), float("-inf"))
    return Cell(number(figure), "warn" if doubtful and figure is not None else "plain")


def _spread(rows: Sequence[Row]) -> bool:
    return any((row.get("points") or 0) > 1 for row in rows)


def _over(row: Row) -> str:
    points = row.get("points") or 0
    if points < 2:
        return ""
    return f"{points:,} points, {number(row['low'])} to {number(row['high'])}"
