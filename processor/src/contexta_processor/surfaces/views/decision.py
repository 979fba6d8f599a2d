"""How a quarantine or a release reads: what was decided, and what that means for what came from the thing."""

from collections.abc import Sequence

from contexta_processor.investigate.lineage.decision import Decision, Reached
from contexta_processor.surfaces.render.text import count
from contexta_processor.surfaces.render.view import Block, Cell, Column, Line, Table, Text, View
from contexta_processor.surfaces.views.words import or_dash

_SHOWN = 50
"""Of things alike; the others are counted. JSON, CSV and TSV have them all."""


def decision_view(result: Decision) -> View:
    """One line of who decided what and why, then what it reaches, nearest first."""
    quarantined = result.decided == "quarantined"
    mark = Cell("✗ quarantined", "bad") if quarantined else Cell("✓ released", "good")
    head = Line.of(mark, " ", Cell(result.id, "strong"), f" by {result.by}: {result.reason}")
    blocks: list[Block] = [head]
    if quarantined:
        told = "tainted by it" if result.tainted else "Nothing is known to have come from it."
        blocks += _reached(result.tainted, told)
    else:
        blocks += _reached(result.cleared, "may be relied on again")
        blocks += _reached(result.tainted, "still tainted by something else")
    return View(tuple(blocks), next=f"contexta lineage {result.id} --down")


def _reached(things: Sequence[Reached], title: str) -> list[Block]:
    if not things:
        return [Line.of(title)] if title.endswith(".") else []
    columns = (
        Column("THING", wrap=True),
        Column("WHAT", wrap=True),
        Column("SURE"),
        Column("WAY", wrap=True, optional=1),
    )
    rows = [_row(each) for each in things[:_SHOWN]]
    blocks: list[Block] = [Table(columns, rows, f"{count(len(things), 'thing')} {title}")]
    if len(things) > _SHOWN:
        blocks.append(
            Line.of(Cell(f"and {len(things) - _SHOWN:,} more, in --json and --csv", "dim"))
        )
    return blocks


def _row(each: Reached) -> list[Text]:
    what = ": ".join(word for word in (each.kind, each.detail) if word)
    direct = each.taint.confidence == "direct"
    return [
        each.id,
        or_dash(what),
        "direct" if direct else Cell("? inferred", "warn"),
        " → ".join(each.taint.path),
    ]
