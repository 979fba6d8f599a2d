"""How records read: a line of time."""

from contexta_processor.investigate.records import Records
from contexta_processor.surfaces.render.text import count, duration, moment, number
from contexta_processor.surfaces.render.view import Cell, Column, Line, Table, Text, View
from contexta_processor.surfaces.views.words import or_dash, severity

Record = dict[str, object]


def records_view(result: Records) -> View:
    """A table in order of time."""
    if not result.records:
        return View((Line.of("No records fit."),), next=f"contexta show {result.run_id}")
    columns = (
        Column("TIME (UTC)"),
        Column("TYPE", optional=1),
        Column("STAGE", wrap=True, optional=2),
        Column("WHAT", wrap=True),
        Column("VALUE", right=True),
        Column("WHERE", wrap=True),
    )
    told = count(result.total, "record")
    if len(result.records) < result.total:
        told = f"{len(result.records):,} of {told} · -n 0 shows all"
    table = Table(columns, [_row(record) for record in result.records])
    return View((table, Line.of(Cell(told, "dim"))))


def _row(record: Record) -> list[Text]:
    return [
        moment(_text(record, "timestamp")),
        str(record["type"]).removesuffix("_marker"),
        or_dash(_text(record, "stage")),
        _what(record),
        _value(record),
        Cell(_where(record), "dim"),
    ]


def _what(record: Record) -> Text:
    if record["type"] == "degraded_marker":
        return str(record["reason"])
    if record["type"] == "span":
        return str(record.get("operation") or record.get("name") or "")
    return str(record.get("name") or "")


def _value(record: Record) -> Text:
    if record["type"] == "metric":
        value = record.get("value")
        unit = _text(record, "unit")
        figure = number(value if isinstance(value, int | float) else None)
        return f"{figure} {unit}" if unit and unit != "1" else figure
    if record["type"] == "span":
        took = record.get("duration_ms")
        text = duration(took if isinstance(took, int | float) else None)
        return Cell(f"✗ {text}", "bad") if record.get("status") == "error" else text
    level = _text(record, "severity")
    if record["type"] == "degraded_marker":
        return severity(level or "unknown")
    return Cell(level or "", "dim")


def _where(record: Record) -> str:
    names = ("slice", "operation", "batch_id", "sample_id", "step", "subject", "detail")
    skipped = "operation" if record["type"] == "span" else ""
    return " · ".join(
        f"step {record[name]}" if name == "step" else str(record[name])
        for name in names
        if name != skipped and record.get(name) is not None
    )


def _text(record: Record, field: str) -> str | None:
    value = record.get(field)
    return value if isinstance(value, str) else None
