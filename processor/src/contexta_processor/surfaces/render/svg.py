"""A curve as SVG inside a page: no script, no style sheet, nothing fetched, in the page's own colour.

`currentColor` makes it readable on light and on dark alike; what stands out has a shape of its own.
"""

from collections.abc import Iterator, Sequence
from html import escape
from math import isfinite
from typing import Final

from contexta_processor.surfaces.render.plot import bounds, depth, finite_of, share
from contexta_processor.surfaces.render.text import safe
from contexta_processor.surfaces.render.view import Plot

_WIDTH: Final = 640
_HEIGHT: Final = 180
_LEFT: Final = 70
_RIGHT: Final = 10
_TOP: Final = 12
_BOTTOM: Final = 30
_MIDDLE: Final = (_HEIGHT - _BOTTOM + _TOP) // 2
_MOST_DOTS: Final = 120
_MOST_VALUES: Final = 1_000
_FONT: Final = 'font-family="system-ui,sans-serif" font-size="11" fill="currentColor"'

Value = tuple[float, float]


def dumps(plot: Plot) -> str:
    """The plot as one `svg` element; empty where there is no figure to draw."""
    if not finite_of(plot.values):
        return ""
    label = escape(safe(plot.label), quote=True)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" height="{_HEIGHT}" '
        f'role="img" aria-label="{label}" style="max-width:100%"><title>{label}</title>{"".join(_parts(plot))}</svg>'
    )


def _parts(plot: Plot) -> Iterator[str]:
    low, high = bounds(plot)

    def x(place: float) -> float:
        inside = min(max(share(place, plot.places), 0.0), 1.0)
        return _LEFT + inside * (_WIDTH - _LEFT - _RIGHT)

    def y(value: float) -> float:
        return _TOP + depth(value, low, high) * (_HEIGHT - _TOP - _BOTTOM)

    floor = _HEIGHT - _BOTTOM
    yield from _frame(plot, low, high)
    if plot.band:
        bottom, top = (y(edge) for edge in plot.band)
        yield (
            f'<rect x="{_LEFT}" y="{top:.1f}" width="{_WIDTH - _LEFT - _RIGHT}" '
            f'height="{max(bottom - top, 1):.1f}" fill="currentColor" opacity=".1"/>'
        )
    for place in plot.rules:
        yield (
            f'<line x1="{x(place):.1f}" x2="{x(place):.1f}" y1="{_TOP}" y2="{floor}" '
            'stroke="currentColor" stroke-dasharray="3 3" opacity=".6"/>'
        )
    for stretch in _stretches(plot):
        told = " ".join(f"{x(place):.1f},{y(value):.1f}" for place, value in stretch)
        yield f'<polyline points="{told}" fill="none" stroke="currentColor" stroke-width="1.5"/>'
        if len(plot.values) <= _MOST_DOTS or len(stretch) == 1:
            for place, value in stretch:
                yield f'<circle cx="{x(place):.1f}" cy="{y(value):.1f}" r="2.5" fill="currentColor"/>'
    for index in plot.flags:
        value = plot.values[index]
        if value is not None and isfinite(value):
            center = f'cx="{x(plot.places[index]):.1f}" cy="{y(value):.1f}"'
            yield f'<circle {center} r="6" fill="none" stroke="currentColor" stroke-width="1.5"/>'
    for place, value in zip(plot.places, plot.values, strict=True):
        if value is None or not isfinite(value):
            yield f'<text x="{x(place):.1f}" y="{floor - 2}" text-anchor="middle" {_FONT}>×</text>'
    for place in plot.marks:
        yield f'<text x="{x(place):.1f}" y="{floor + 11}" text-anchor="middle" {_FONT}>▲</text>'


def _frame(plot: Plot, low: float, high: float) -> Iterator[str]:
    floor = _HEIGHT - _BOTTOM
    yield (
        f'<path d="M{_LEFT} {_TOP}V{floor}H{_WIDTH - _RIGHT}" fill="none" stroke="currentColor" opacity=".4"/>'
    )
    for edge, height in ((high, _TOP + 8), (low, floor)) if high > low else ((high, _MIDDLE),):
        text = escape(safe(plot.figure(edge)))
        yield f'<text x="{_LEFT - 5}" y="{height}" text-anchor="end" {_FONT}>{text}</text>'
    first, last = (escape(safe(text)) for text in plot.ends)
    yield f'<text x="{_LEFT}" y="{_HEIGHT - 5}" {_FONT}>{first}</text>'
    yield f'<text x="{_WIDTH - _RIGHT}" y="{_HEIGHT - 5}" text-anchor="end" {_FONT}>{last}</text>'


def _stretches(plot: Plot) -> Iterator[list[Value]]:
    """The values between gaps; of many, the lowest and highest of each small stretch."""
    stretch: list[Value] = []
    for place, value in zip(plot.places, plot.values, strict=True):
        if value is not None and isfinite(value):
            stretch.append((place, value))
            continue
        if stretch:
            yield _thinned(stretch)
        stretch = []
    if stretch:
        yield _thinned(stretch)


def _thinned(stretch: Sequence[Value]) -> list[Value]:
    if len(stretch) <= _MOST_VALUES:
        return list(stretch)
    size = -(-len(stretch) // (_MOST_VALUES // 2))
    kept: list[Value] = []
    for begin in range(0, len(stretch), size):
        part = stretch[begin : begin + size]
        ends = {min(part, key=lambda item: item[1]), max(part, key=lambda item: item[1])}
        kept += sorted(ends)
    return kept
