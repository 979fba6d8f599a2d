"""A view as GitHub-flavoured Markdown that renders nothing of what was captured.

Captured text stands in code spans only, so that a sample cannot mention people, link, embed or
close a section of the page it is pasted into.
"""

import re
from collections.abc import Iterator

from contexta_processor.surfaces.render import plot
from contexta_processor.surfaces.render.text import safe
from contexta_processor.surfaces.render.view import (
    Block,
    Facts,
    Line,
    Plot,
    Table,
    Text,
    Tree,
    View,
    cell,
)

_PLOT_WIDTH = 80
_HARMLESS = re.compile(r"(?:[^\W_]|[ ✓✗~!?–·,.:%()+/Δ=→←-])*")
_MEANT = re.compile(
    r"www\.|https?:|ftp:|mailto:|\b[0-9a-f]{7,40}\b|\bGH-\d|~~|:[a-z+][\w+-]*:", re.IGNORECASE
)


def dumps(view: View) -> str:
    """The whole view as Markdown text."""
    text = "\n\n".join("\n".join(_block(block)) for block in view.blocks)
    return f"{text}\n\nNext: {code(view.next)}\n" if view.next else f"{text}\n"


def code(text: str) -> str:
    """Text in a code span whose fence is longer than any run of backticks in it; `|` escaped."""
    text = safe(text)
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{text}{pad}{fence}".replace("|", "\\|") if text else ""


def _words(piece: Text) -> str:
    """Plain words where nothing in them could mean anything to Markdown, else a code span."""
    text = cell(piece).text
    if _HARMLESS.fullmatch(text) and not _MEANT.search(text):
        return text
    lead = len(text) - len(text.lstrip())
    trail = len(text) - len(text.rstrip())
    body = text.strip()
    return " " * lead + code(body) + " " * (trail if body else 0)


def _block(block: Block) -> Iterator[str]:
    if isinstance(block, Line):
        yield _line(block)
    elif isinstance(block, Table):
        yield from _table(block)
    elif isinstance(block, Facts):
        yield from _facts(block)
    elif isinstance(block, Plot):
        yield from _plot(block)
    else:
        yield from _tree(block, 0)


def _line(block: Line) -> str:
    text = "".join(_words(piece) for piece in block.pieces).strip()
    return re.sub(r"^(\d*)([-+#>.)])", r"\1\\\2", text)


def _table(block: Table) -> Iterator[str]:
    yield from _title(block.title)
    yield "| " + " | ".join(_words(column.name).strip() for column in block.columns) + " |"
    yield "|" + "|".join("---:" if column.right else "---" for column in block.columns) + "|"
    for row in block.rows:
        yield "| " + " | ".join(_words(item).strip() for item in row) + " |"


def _title(text: str) -> Iterator[str]:
    if text:
        yield from (f"**{_words(text)}**", "")


def _facts(block: Facts) -> Iterator[str]:
    yield from _title(block.title)
    for label, value in block.items:
        yield f"- {_words(label).strip()}: {_words(value).strip()}"


def _plot(block: Plot) -> Iterator[str]:
    """In a fenced block, whose fence is longer than any run of backticks in it."""
    drawn = plot.lines(block, _PLOT_WIDTH)
    longest = max((len(run) for line in drawn for run in re.findall(r"`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    yield from (f"{fence}text", *drawn, fence) if drawn else ()


def _tree(block: Tree, depth: int) -> Iterator[str]:
    yield f"{'  ' * depth}- {_line(block.label)}"
    for child in block.children:
        yield from _tree(child, depth + 1)
