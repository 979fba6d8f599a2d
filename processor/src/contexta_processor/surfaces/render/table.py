"""A view on a terminal, drawn with rich. Imported only when something is drawn."""

from typing import Final

from rich.console import Console, Group, RenderableType
from rich.table import Table as RichTable
from rich.text import Text as RichText
from rich.tree import Tree as RichTree

from contexta_processor.surfaces.render.text import safe
from contexta_processor.surfaces.render.view import (
    Block,
    Facts,
    Line,
    Table,
    Text,
    Tone,
    Tree,
    View,
    cell,
)

_STYLE: Final[dict[Tone, str]] = {
    "plain": "",
    "strong": "bold",
    "dim": "dim",
    "good": "green",
    "warn": "yellow",
    "bad": "red",
}


def print_view(view: View, console: Console) -> None:
    """Draw every block, a blank line between them."""
    for index, block in enumerate(view.blocks):
        if index and not (isinstance(block, Line) and isinstance(view.blocks[index - 1], Line)):
            console.print()
        console.print(_drawn(block), soft_wrap=isinstance(block, Line))
    if view.next:
        console.print()
        console.print(RichText(f"next  {safe(view.next)}", style="dim"), soft_wrap=True)


def _drawn(block: Block) -> RenderableType:
    if isinstance(block, Line):
        return _line(block)
    if isinstance(block, Table):
        return _titled(block.title, _table(block))
    if isinstance(block, Facts):
        return _titled(block.title, _facts(block))
    return _tree(block)


def _titled(title: str, body: RenderableType) -> RenderableType:
    return Group(RichText(safe(title), style="bold"), body) if title else body


def _table(block: Table) -> RichTable:
    table = RichTable(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for column in block.columns:
        table.add_column(
            RichText(safe(column.name)),
            justify="right" if column.right else "left",
            no_wrap=not column.wrap,
            overflow="fold",
        )
    for row in block.rows:
        table.add_row(*(_text(item) for item in row))
    return table


def _facts(block: Facts) -> RichTable:
    table = RichTable(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for label, value in block.items:
        table.add_row(RichText(safe(label)), _text(value))
    return table


def _tree(block: Tree) -> RichTree:
    tree = RichTree(_line(block.label), guide_style="dim")
    _hang(tree, block)
    return tree


def _hang(node: RichTree, block: Tree) -> None:
    for child in block.children:
        _hang(node.add(_line(child.label)), child)


def _line(block: Line) -> RichText:
    text = RichText()
    for piece in block.pieces:
        text.append_text(_text(piece))
    return text


def _text(piece: Text) -> RichText:
    item = cell(piece)
    return RichText(safe(item.text), style=_STYLE[item.tone])
