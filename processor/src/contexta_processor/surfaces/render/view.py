"""What a person sees of a result, before anyone decides whether it is a terminal or Markdown.

A view holds text as it was captured; every renderer escapes it for its own medium. Meaning is in the
words and marks (✓ ! ✗ ~), a tone only repeats it in colour.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

Tone = Literal["plain", "strong", "dim", "good", "warn", "bad"]


@dataclass(frozen=True)
class Cell:
    """A piece of text with a tone; `ascii` stands for it where the output has no other characters.

    command: it is a `contexta …` to be typed as it stands, and is told where the evidence is (`at_place`).
    """

    text: str
    tone: Tone = "plain"
    ascii: str = ""
    command: bool = False


Text = Cell | str


@dataclass(frozen=True)
class Line:
    """One line of text, made of pieces that follow one another without a space."""

    pieces: tuple[Text, ...]

    @classmethod
    def of(cls, *pieces: Text) -> "Line":
        return cls(pieces)


@dataclass(frozen=True)
class Column:
    """A table column; numbers are `right`-aligned, `wrap` may be broken over lines.

    optional: 0 is always shown; where a terminal is too narrow, the highest number goes first.
    least: the width below which a column of sentences is not worth showing.
    """

    name: str
    right: bool = False
    wrap: bool = False
    optional: int = 0
    least: int = 0


@dataclass(frozen=True)
class Table:
    """Rows under column names, with an optional title of a word or two."""

    columns: tuple[Column, ...]
    rows: Sequence[Sequence[Text]]
    title: str = ""


@dataclass(frozen=True)
class Facts:
    """Label and value pairs, one a line, labels aligned."""

    items: Sequence[tuple[str, Text]]
    title: str = ""


@dataclass(frozen=True)
class Tree:
    """A node and what hangs below it."""

    label: Line
    children: tuple["Tree", ...] = ()


@dataclass(frozen=True)
class Plot:
    """One curve. values: None or not finite is a gap. places: where each is from left to right, ascending.

    band: lowest and highest usual figure. rules: places of vertical lines. marks: places marked below. flags: indices of
    values to stand out. ends: what the left and right end are. figure: how a figure is written. label: what it is, in words.
    """

    values: Sequence[float | None]
    places: Sequence[float]
    label: str
    figure: Callable[[float], str]
    band: tuple[float, float] | None = None
    rules: Sequence[float] = ()
    marks: Sequence[float] = ()
    flags: Sequence[int] = ()
    ends: tuple[str, str] = ("", "")


Block = Line | Table | Facts | Tree | Plot


@dataclass(frozen=True)
class View:
    """Blocks, top to bottom; `next` is the command a reader most likely wants now."""

    blocks: tuple[Block, ...]
    next: str = field(default="")


def cell(text: Text) -> Cell:
    """Text as a cell."""
    return text if isinstance(text, Cell) else Cell(text)


def shortened(view: View, most: int, *, rest: str) -> View:
    """The view with at most so many rows of each table, and a line below that says how many there are and where the `rest` is."""
    return replace(
        view, blocks=tuple(part for block in view.blocks for part in _short(block, most, rest))
    )


def _short(block: Block, most: int, rest: str) -> tuple[Block, ...]:
    if not isinstance(block, Table) or len(block.rows) <= most:
        return (block,)
    told = f"{most:,} of {len(block.rows):,} rows shown; {rest}"
    return replace(block, rows=block.rows[:most]), Line.of(Cell(told, "dim"))


def at_place(view: View, words: str) -> View:
    """The view with every command in it told where the evidence is: `words` is `--data DIR`, `--server URL`, or empty."""
    if not words:
        return view
    blocks = tuple(_block_at(block, words) for block in view.blocks)
    return View(blocks, view.next and f"{view.next} {words}")


def _block_at(block: Block, words: str) -> Block:
    if isinstance(block, Line):
        return Line(tuple(_typed_at(piece, words) for piece in block.pieces))
    if isinstance(block, Facts):
        return replace(block, items=[(name, _typed_at(text, words)) for name, text in block.items])
    return block


def _typed_at(text: Text, words: str) -> Text:
    if isinstance(text, str) or not text.command:
        return text
    return replace(text, text=f"{text.text} {words}")


_LETTERS = str.maketrans(
    {
        "·": "|", "±": "+/-", "→": "->", "←": "<-", "Δ": "delta", "×": "x", "▲": "^", "▼": "v", "◆": "*", "●": "*",
        "✓": "+", "✗": "x", "–": "-", "−": "-", "…": "...",
    }
)  # fmt: skip


def in_ascii(view: View) -> View:
    """The view as it is written where there are no other characters than ASCII: marks as letters that stand for them."""
    return replace(view, blocks=tuple(_block_in_ascii(block) for block in view.blocks))


def _block_in_ascii(block: Block) -> Block:
    if isinstance(block, Line):
        return Line(tuple(_in_letters(piece) for piece in block.pieces))
    if isinstance(block, Table):
        columns = tuple(replace(each, name=each.name.translate(_LETTERS)) for each in block.columns)
        rows = [[_in_letters(item) for item in row] for row in block.rows]
        return replace(block, columns=columns, rows=rows)
    return block


def _in_letters(text: Text) -> Text:
    if isinstance(text, str):
        return text.translate(_LETTERS)
    return replace(text, text=text.ascii or text.text.translate(_LETTERS))
