"""Quantities as findings say them."""

from collections.abc import Iterable, Sequence

_NAMED = 6


def figure(value: float | None) -> str:
    """A figure in a sentence: `118,200`, `0.9234`, `1.2e-07`, `NaN`, `Infinity`; `none` where there is none."""
    if value is None:
        return "none"
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "Infinity" if value > 0 else "-Infinity"
    if float(value).is_integer() and abs(value) < 1e15:
        return f"{int(value):,}"
    if abs(value) >= 10_000:
        return f"{value:,.1f}"
    return f"{value:.4g}"


def span(low: float, high: float) -> str:
    """`117,000–120,000`, or the one figure where both read the same."""
    texts = figure(low), figure(high)
    return texts[0] if texts[0] == texts[1] else "–".join(texts)


def share(part: float) -> str:
    """A ratio as a percentage: `38 %`, `0.4 %`, `112 %`."""
    percent = part * 100
    return f"{percent:.0f} %" if percent >= 10 or percent == 0 else f"{percent:.2g} %"


def took(milliseconds: float) -> str:
    """A duration: `850 ms`, `12.3 s`, `5 min 42 s`, `3 h 4 min`."""
    if milliseconds < 1000:
        return f"{milliseconds:.3g} ms"
    seconds = milliseconds / 1000
    if seconds < 60:
        return f"{seconds:.3g} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def count(amount: int, noun: str, plural: str = "") -> str:
    """`1 run`, `3 runs`, `1,200 rows`."""
    return f"{amount:,} {noun if amount == 1 else plural or noun + 's'}"


def listed(names: Iterable[str]) -> str:
    """Names in a sentence, the first six and how many more there are."""
    every: Sequence[str] = list(names)
    shown = ", ".join(every[:_NAMED])
    return f"{shown} and {len(every) - _NAMED} more" if len(every) > _NAMED else shown
