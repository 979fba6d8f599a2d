"""A view on a terminal, drawn with rich. Imported only when something is drawn."""

from typing import Final

from rich.cells import cell_len
from rich.console import Console, Group, RenderableType
from rich.table import Table as RichTable
from rich.text import Text as RichText
from rich.tree import Tree as RichTree

from contexta_processor.surfaces.render import plot
from contexta_processor.surfaces.render.text import safe
from contexta_processor.surfaces.render.view import (
    Column,
    Facts,
    Line,
    Plot,
    Table,
    Text,
    Tone,
    Tree,
    View,
    cell,
    in_ascii,
)

_STYLE: Final[dict[Tone, str]] = {
    "plain": "",
    "strong": "bold",
    "dim": "dim",
    "good": "green",
    "warn": "yellow",
    "bad": "red",
}
_GAP: Final = 2
_LONGEST_WORD: Final = 20
_SHORT: Final = 8


def print_view(view: View, console: Console) -> None:
    """Draw every block, a blank line between them."""
    if console.options.ascii_only:
        view = in_ascii(view)
    for index, block in enumerate(view.blocks):
        if index and not (isinstance(block, Line) and isinstance(view.blocks[index - 1], Line)):
            console.print()
        if isinstance(block, Plot):
            drawn = plot.lines(block, console.width, ascii_only=console.options.ascii_only)
            console.print(RichText("\n".join(drawn)), soft_wrap=True)
            continue
        console.print(_drawn(block, console.width), soft_wrap=isinstance(block, Line))
    if view.next:
        console.print()
        console.print(RichText(f"next  {safe(view.next)}", style="dim"), soft_wrap=True)


def _drawn(block: Line | Table | Facts | Tree, width: int) -> RenderableType:
    if isinstance(block, Line):
        return _line(block)
    if isinstance(block, Table):
        return _titled(block.title, _table(block, width))
    if isinstance(block, Facts):
        return _titled(block.title, _facts(block))
    return _tree(block)


def _titled(title: str, body: RenderableType) -> RenderableType:
    return Group(RichText(safe(title), style="bold"), body) if title else body


def _table(block: Table, width: int) -> RenderableType:
    needed = [_needed(block, index) for index in range(len(block.columns))]
    kept = _kept(block.columns, needed, width)
    widths = _widths(
        [needed[index] for index in kept], [_natural(block, index) for index in kept], width
    )
    table = RichTable(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), header_style="dim")
    for index, wide in zip(kept, widths, strict=True):
        column = block.columns[index]
        justify = "right" if column.right else "left"
        table.add_column(RichText(safe(column.name)), justify=justify, width=wide, overflow="fold")
    for row in block.rows:
        table.add_row(*(_text(row[index]) for index in kept))
    hidden = [block.columns[index].name for index in range(len(needed)) if index not in kept]
    if not hidden:
        return table
    return Group(table, RichText(safe(f"too narrow for {', '.join(hidden)}"), style="dim"))


def _natural(block: Table, index: int) -> int:
    """How wide a column is when nothing in it is broken."""
    texts = (safe(cell(row[index]).text) for row in block.rows)
    return max(map(cell_len, (safe(block.columns[index].name), *texts)))


def _needed(block: Table, index: int) -> int:
    """The narrowest a column can be without breaking a word (or, for long ones, more than it must)."""
    column = block.columns[index]
    if not column.wrap:
        return _natural(block, index)
    words = [word for row in block.rows for word in safe(cell(row[index]).text).split()]
    # The name over a column of figures may be broken: slices have long names.
    words += [safe(column.name)[:_SHORT]] if column.right else safe(column.name).split()
    narrowest = min(max(map(cell_len, words), default=1), _LONGEST_WORD)
    return max(narrowest, min(column.least, _natural(block, index)))


def _kept(columns: tuple[Column, ...], needed: list[int], width: int) -> list[int]:
    """The columns that fit, the ones that matter least left out first."""
    kept = list(range(len(columns)))
    while sum(needed[index] + _GAP for index in kept) > width + _GAP:
        least = max(kept, key=lambda index: columns[index].optional)
        if not columns[least].optional:
            break
        kept.remove(least)
    return kept


def _widths(needed: list[int], natural: list[int], width: int) -> list[int]:
    """What is left over goes to the narrowest that want more; what is lacking comes off the widest."""
    widths = list(needed)
    spare = width - sum(widths) - _GAP * (len(widths) - 1)
    while spare > 0:
        wanting = [index for index, wide in enumerate(widths) if wide < natural[index]]
        if not wanting:
            break
        widths[min(wanting, key=lambda index: widths[index])] += 1
        spare -= 1
    while spare < 0 and max(widths, default=1) > 1:
        widths[widths.index(max(widths))] -= 1
        spare += 1
    return widths


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
