"""How the reasons for relationships read."""

from collections.abc import Iterator
from typing import cast

from contexta_processor.investigate.lineage.why import STANDINGS, Why, WhyLineage
from contexta_processor.investigate.results import Row, iso
from contexta_processor.surfaces.render.text import count, moment
from contexta_processor.surfaces.render.view import Block, Cell, Column, Line, Table, Text, View
from contexta_processor.surfaces.views.words import or_dash

_ROWS_SHOWN = 10


def why_view(result: WhyLineage) -> View:
    """For each edge: what it says, on whose word or by which rule, on which records, and what else fitted."""
    if not result.whys:
        told = f"No relationship is recorded in this direction ({result.lineage.direction})."
        return View((Line.of(told),))
    return View(tuple(block for why in result.whys for block in _blocks(why)))


def _blocks(why: Why) -> Iterator[Block]:
    edge = why.edge
    sure: Text = Cell("  direct", "good") if edge.direct else Cell("  ? inferred", "warn")
    yield Line.of(
        Cell(f"{edge.from_id} {edge.type} {edge.to_id}", "strong"), sure, f", {why.standing}"
    )
    if why.rule is not None:
        yield Line.of(Cell("rule      ", "dim"), why.rule.name)
        yield Line.of(Cell("believes  ", "dim"), why.rule.believes)
        yield Line.of(Cell("because   ", "dim"), why.rule.because)
        yield Line.of(Cell("unless    ", "dim"), why.rule.unless)
    yield _claims(why)
    if why.rests_on:
        yield _records(why.rests_on)
    for row in why.alternatives:
        told = f"? {row['from_id']} {row['type']} {row['to_id']} is not believed: one of {row['alternatives']} that fit ({row['rule']})"
        yield Line.of(Cell(told, "warn"))


def _claims(why: Why) -> Table:
    columns = (
        Column("SAID BY", wrap=True),
        Column("HOW"),
        Column("SURE"),
        Column("EVIDENCE", wrap=True),
        Column("IN RUN", wrap=True, optional=1),
        Column("AT (UTC)", optional=2),
    )
    rows: list[list[Text]] = [
        [
            or_dash(row["captured_by"]),
            STANDINGS[row["standing"]],
            row["confidence"],
            or_dash(row["evidence"]),
            or_dash(row["run_id"]),
            moment(iso(row["occurred_at"])) or "–",
        ]
        for row in why.claims[:_ROWS_SHOWN]
    ]
    return Table(columns, rows, _titled("", why.claims))


def _records(rows: tuple[Row, ...]) -> Table:
    names = [name for name in rows[0] if any(row[name] not in (None, []) for row in rows)]
    columns = tuple(Column(name.replace("_", " ").upper(), wrap=True) for name in names)
    shown: list[list[Text]] = [
        [_text(name, row[name]) for name in names] for row in rows[:_ROWS_SHOWN]
    ]
    return Table(columns, shown, _titled("Rests on", rows))


def _text(name: str, value: object) -> Text:
    if name.endswith("_at") and isinstance(value, int):
        return moment(iso(value))
    if isinstance(value, list):
        return ", ".join(str(item) for item in cast("list[object]", value))
    return or_dash(None if value is None else str(value))


def _titled(title: str, rows: tuple[Row, ...]) -> str:
    if len(rows) <= _ROWS_SHOWN:
        return title
    return f"{title} {_ROWS_SHOWN} of {count(len(rows), 'record')}, all in --json".strip()
