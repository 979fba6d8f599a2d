"""A curve in characters: braille on a terminal that has it, plain letters where it has not.

Nothing is in the colour. A gap in the values is a gap in the line, and a cross below it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Final

from contexta_processor.surfaces.render.text import safe
from contexta_processor.surfaces.render.view import Plot

ROWS: Final = 8
_NARROWEST: Final = 16
_WIDEST: Final = 100
_BRAILLE: Final = 0x2800
# Bit of the dot at (column, row) of a braille cell, two columns of four.
_DOTS: Final = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
_BLOCKS: Final = "▁▂▃▄▅▆▇█"
_LETTERS: Final = "_.,-=+*#"


@dataclass(frozen=True)
class _Signs:
    """The characters of one alphabet."""

    across: int
    down: int
    line: str
    band: str
    rule: str
    gap: str
    mark: str
    corner: str


_UNICODE: Final = _Signs(2, 4, "", "┄", "┊", "×", "▲", "└─│")
_ASCII: Final = _Signs(1, 1, "*", "-", "|", "x", "^", "+-|")


def lines(plot: Plot, width: int, *, ascii_only: bool = False) -> list[str]:
    """The plot as lines no wider than `width` (at least 40), escaped; none where there is no figure to draw."""
    signs = _ASCII if ascii_only else _UNICODE
    finite = finite_of(plot.values)
    if not finite:
        return []
    low, high = bounds(plot)
    labels = [_plain(safe(plot.figure(edge)), ascii_only) for edge in dict.fromkeys((high, low))]
    margin = max(map(len, labels)) + 1
    columns = min(max(width - margin - 1, _NARROWEST), _WIDEST)
    canvas = _Canvas(columns, signs)
    canvas.draw(plot, low, high)
    corner, flat, wall = signs.corner
    edges = {0: labels[0], ROWS - 1: labels[1]} if len(labels) > 1 else {ROWS // 2: labels[0]}
    body = [
        f"{edges.get(row, ''):>{margin - 1}} {wall}{text}"
        for row, text in enumerate(canvas.rows(plot, low, high))
    ]
    pad = " " * margin
    axis = [f"{pad}{corner}{flat * columns}"]
    axis += [f"{pad} {row}" for row in canvas.below(plot) if row.strip()]
    first, last = (_plain(safe(text), ascii_only) for text in plot.ends)
    room = columns - len(first) - len(last)
    axis += [f"{pad} {first}{' ' * room}{last}"] if room > 0 and (first or last) else []
    return [line.rstrip() for line in (*body, *axis)]


def spark(values: Sequence[float | None], width: int = 24, *, ascii_only: bool = False) -> str:
    """The values as one word, low to high; a gap is a dot. More values than `width` are put together by their mean."""
    levels = _LETTERS if ascii_only else _BLOCKS
    told = list(_together(values, width))
    finite = finite_of(told)
    if not finite:
        return ""
    low, high = min(finite), max(finite)
    return "".join(_level(value, low, high, levels, ascii_only) for value in told)


def finite_of(values: Sequence[float | None]) -> list[float]:
    """The figures that can be drawn."""
    return [value for value in values if value is not None and isfinite(value)]


def bounds(plot: Plot) -> tuple[float, float]:
    """Lowest and highest figure drawn: of the values, and of the band where that is near them; the same where there is
    but one."""
    finite = finite_of(plot.values)
    low, high = min(finite), max(finite)
    reach = max(high - low, abs(high) * 1e-9)
    for edge in plot.band or ():
        if low - reach <= edge <= high + reach:
            low, high = min(low, edge), max(high, edge)
    return low, high


def depth(value: float, low: float, high: float) -> float:
    """How far below the highest figure a value is drawn, 0 to 1; the middle where all are the same."""
    # In halves: the distance between two numbers may be more than any number.
    reach = high / 2 - low / 2
    return min(max((high / 2 - value / 2) / reach, 0.0), 1.0) if reach > 0 else 0.5


def share(place: float, places: Sequence[float]) -> float:
    """Where a place is between the first and the last, 0 to 1; the middle where there is but one."""
    first, last = places[0], places[-1]
    return (place - first) / (last - first) if last > first else 0.5


class _Canvas:
    """Cells of dots, from the top left."""

    def __init__(self, columns: int, signs: _Signs) -> None:
        self._columns = columns
        self._signs = signs
        self._cells = [[0] * columns for _ in range(ROWS)]

    def draw(self, plot: Plot, low: float, high: float) -> None:
        """Dots for the values, joined where they follow one another."""
        across, down = self._columns * self._signs.across - 1, ROWS * self._signs.down - 1
        before: tuple[int, int] | None = None
        for place, value in zip(plot.places, plot.values, strict=True):
            if value is None or not isfinite(value):
                before = None
                continue
            x = round(share(place, plot.places) * across)
            y = round(depth(value, low, high) * down)
            for dot in _segment(before or (x, y), (x, y)):
                self._dot(*dot)
            before = (x, y)

    def rows(self, plot: Plot, low: float, high: float) -> Iterator[str]:
        """The rows of the canvas, the band and the rules behind the line."""
        edges = [edge for edge in plot.band or () if low <= edge <= high]
        band = {round(depth(edge, low, high) * (ROWS - 1)) for edge in edges}
        rules = {self._column(place, plot) for place in plot.rules}
        for row, cells in enumerate(self._cells):
            behind = self._signs.band if row in band else " "
            yield "".join(
                self._sign(cell, self._signs.rule if column in rules else behind)
                for column, cell in enumerate(cells)
            )

    def below(self, plot: Plot) -> Iterator[str]:
        """A row with the gaps, a row with the marks."""
        pairs = zip(plot.places, plot.values, strict=True)
        gaps = [place for place, value in pairs if value is None or not isfinite(value)]
        for places, sign in ((gaps, self._signs.gap), (plot.marks, self._signs.mark)):
            columns = {self._column(place, plot) for place in places}
            yield "".join(sign if column in columns else " " for column in range(self._columns))

    def _column(self, place: float, plot: Plot) -> int:
        return round(min(max(share(place, plot.places), 0.0), 1.0) * (self._columns - 1))

    def _dot(self, x: int, y: int) -> None:
        signs = self._signs
        bit = _DOTS[x % signs.across][y % signs.down]
        self._cells[y // signs.down][x // signs.across] |= bit

    def _sign(self, cell: int, behind: str) -> str:
        if not cell:
            return behind
        return self._signs.line or chr(_BRAILLE + cell)


def _segment(begin: tuple[int, int], end: tuple[int, int]) -> Iterator[tuple[int, int]]:
    """The dots of a straight line."""
    (x0, y0), (x1, y1) = begin, end
    steps = max(abs(x1 - x0), abs(y1 - y0), 1)
    for step in range(steps + 1):
        yield round(x0 + (x1 - x0) * step / steps), round(y0 + (y1 - y0) * step / steps)


def _together(values: Sequence[float | None], width: int) -> Iterator[float | None]:
    size = len(values)
    for index in range(min(size, width)):
        part = values[index * size // min(size, width) : (index + 1) * size // min(size, width)]
        finite = finite_of(part)
        yield sum(value / len(finite) for value in finite) if finite else None


def _level(value: float | None, low: float, high: float, levels: str, ascii_only: bool) -> str:
    if value is None:
        return "?" if ascii_only else "·"
    place = 1.0 - depth(value, low, high)
    return levels[min(int(place * len(levels)), len(levels) - 1)]


def _plain(text: str, ascii_only: bool) -> str:
    return text.encode("ascii", "replace").decode() if ascii_only else text
