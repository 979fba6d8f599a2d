"""What a person sees of a result, before anyone decides whether it is a terminal or Markdown.

A view holds text as it was captured; every renderer escapes it for its own medium. Meaning is in the
words and marks (✓ ! ✗ ~), a tone only repeats it in colour.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

Tone = Literal["plain", "strong", "dim", "good", "warn", "bad"]


@dataclass(frozen=True)
class Cell:
    """A piece of text with a tone."""

    text: str
    tone: Tone = "plain"


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
    """

    name: str
    right: bool = False
    wrap: bool = False
    optional: int = 0


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


Block = Line | Table | Facts | Tree


@dataclass(frozen=True)
class View:
    """Blocks, top to bottom; `next` is the command a reader most likely wants now."""

    blocks: tuple[Block, ...]
    next: str = field(default="")


def cell(text: Text) -> Cell:
    """Text as a cell."""
    return text if isinstance(text, Cell) else Cell(text)
