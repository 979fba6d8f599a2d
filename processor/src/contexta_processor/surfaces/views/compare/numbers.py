"""How figures, differences and intervals are written: in one way, in tables and in sentences alike."""

from math import floor, log10

from contexta_processor.investigate.compare.metrics import MetricDelta, Range
from contexta_processor.surfaces.render.text import number

_MOST_DECIMALS = 12


def delta_text(each: MetricDelta) -> str:
    """The difference with its sign, as exact as its interval is wide; a dash where there is none."""
    if each.delta is None:
        return number(None)
    return signed(each.delta, _decimals(each.interval, each.delta))


def interval_text(each: MetricDelta) -> str:
    """`[-0.310, -0.250]`, or a dash."""
    if each.interval is None:
        return number(None)
    decimals = _decimals(each.interval, each.delta)
    return f"[{', '.join(signed(end, decimals) for end in each.interval)}]"


def signed(value: float, decimals: int | None = None) -> str:
    """`+0.018`; with so many decimals, or as many as a figure has."""
    text = number(value) if decimals is None else f"{value:,.{decimals}f}"
    if decimals is not None and float(text.replace(",", "")) == 0:
        return text.lstrip("-")
    return f"+{text}" if value > 0 else text


def _decimals(interval: Range | None, delta: float | None) -> int | None:
    """Two digits of half the interval's width; as the number itself where it has no width."""
    width = 0.0 if interval is None else (interval[1] - interval[0]) / 2
    if not width > 0 or delta is None:
        return None
    return min(_MOST_DECIMALS, max(0, 1 - floor(log10(width))))
