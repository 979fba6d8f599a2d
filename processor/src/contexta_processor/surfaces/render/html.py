"""A view as a fragment of HTML: no script, no style sheet, nothing captured left unescaped."""

from collections.abc import Iterator
from html import escape

from contexta_processor.surfaces.render import svg
from contexta_processor.surfaces.render.text import safe
from contexta_processor.surfaces.render.view import (
    Block,
    Facts,
    Line,
    Plot,
    Table,
    Text,
    Tone,
    Tree,
    View,
    cell,
)

_STYLE: dict[Tone, str] = {
    "plain": "",
    "strong": "font-weight:bold",
    "dim": "opacity:.65",
    "good": "color:#1f883d",
    "warn": "color:#a36b00",
    "bad": "color:#dc3545",
}
"""A page may be light or dark and doesn't say which: each colour stands out from white at 4.5 to 1, from dark grey at 3.6."""


def dumps(view: View) -> str:
    """The whole view, in one `div`."""
    return f"<div>{''.join(part for block in view.blocks for part in _block(block))}</div>"


def _block(block: Block) -> Iterator[str]:
    if isinstance(block, Line):
        yield f"<p>{_line(block)}</p>"
    elif isinstance(block, Table):
        yield from _table(block)
    elif isinstance(block, Facts):
        yield from _facts(block)
    elif isinstance(block, Plot):
        yield svg.dumps(block)
    else:
        yield f"<ul>{''.join(_tree(block))}</ul>"


def _table(block: Table) -> Iterator[str]:
    yield "<table>"
    if block.title:
        yield f"<caption>{_text(block.title)}</caption>"
    yield f"<tr>{''.join(f'<th>{_text(column.name)}</th>' for column in block.columns)}</tr>"
    for row in block.rows:
        cells = zip(block.columns, row, strict=True)
        yield f"<tr>{''.join(_cell(item, column.right) for column, item in cells)}</tr>"
    yield "</table>"


def _cell(item: Text, right: bool) -> str:
    side = "right" if right else "left"
    return f'<td style="text-align:{side}">{_text(item)}</td>'


def _facts(block: Facts) -> Iterator[str]:
    yield "<table>"
    if block.title:
        yield f"<caption>{_text(block.title)}</caption>"
    for label, value in block.items:
        yield f"<tr><th>{_text(label)}</th>{_cell(value, False)}</tr>"
    yield "</table>"


def _tree(block: Tree) -> Iterator[str]:
    yield f"<li>{_line(block.label)}"
    if block.children:
        yield f"<ul>{''.join(part for child in block.children for part in _tree(child))}</ul>"
    yield "</li>"


def _line(block: Line) -> str:
    return "".join(_text(piece) for piece in block.pieces)


def _text(piece: Text) -> str:
    item = cell(piece)
    text = escape(safe(item.text), quote=True)
    style = _STYLE[item.tone]
    return f'<span style="{style}">{text}</span>' if style else text
