"""Captured text made harmless for where it is shown, and quantities as people write them."""

import re
from typing import Final

# C0 and DEL, C1, bidirectional controls, line separators, zero-width joiners used to spoof, tag
# characters, lone surrogates: what can move a cursor, reorder a line or hide in one.
_UNSAFE: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff\ud800-\udfff\U000e0000-\U000e007f]"
)
_UNSAFE_BUT_LAYOUT: Final = re.compile(_UNSAFE.pattern.replace("\x00-\x1f", "\x00-\x08\x0b-\x1f"))
_NAMED: Final = {"\n": "\\n", "\t": "\\t", "\r": "\\r"}


def safe(text: str) -> str:
    """One line of text without anything a terminal would act on: escapes are shown as `\\x1b`."""
    return _UNSAFE.sub(_shown, text)


def safe_keeping_layout(text: str) -> str:
    """As `safe`, with tabs and line breaks kept (for formats that quote them)."""
    return _UNSAFE_BUT_LAYOUT.sub(_shown, text)


def json_safe(text: str) -> str:
    """JSON text with the same characters as `\\u` escapes: the same JSON, harmless on a terminal.

    Line breaks stay: in JSON text they are layout, inside strings they are escaped already.
    """
    return _UNSAFE_BUT_LAYOUT.sub(_json_escaped, text)


def _shown(match: re.Match[str]) -> str:
    char = match.group()
    code = ord(char)
    if char in _NAMED:
        return _NAMED[char]
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _json_escaped(match: re.Match[str]) -> str:
    units = match.group().encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))


def number(value: float | int | None, digits: int = 4) -> str:
    """A figure for reading: `0.7231`, `118,200`, `1.2e-07`, `NaN`; a dash where there is none."""
    if value is None:
        return "–"
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "Infinity" if value > 0 else "-Infinity"
    if float(value).is_integer() and abs(value) < 1e15:
        return f"{int(value):,}"
    if abs(value) >= 10_000:
        return f"{value:,.1f}"
    return f"{value:.{digits}g}" if abs(value) < 1 else f"{value:.{digits + 1}g}"


def duration(milliseconds: float | None) -> str:
    """`850ms`, `12.3s`, `5m 42s`, `3h 04m`, `2d 03h`; a dash where there is none."""
    if milliseconds is None:
        return "–"
    if milliseconds < 1000:
        return f"{milliseconds:.3g}ms"
    seconds = milliseconds / 1000
    if seconds < 60:
        return f"{seconds:.3g}s"
    total = round(seconds)
    if total < 3600:
        return f"{total // 60}m {total % 60:02d}s"
    if total < 86_400:
        return f"{total // 3600}h {total % 3600 // 60:02d}m"
    return f"{total // 86_400}d {total % 86_400 // 3600:02d}h"


def size(count: int | None) -> str:
    """Bytes for reading: `812 B`, `1.9 kB`, `184.2 MB`; a dash where there is none."""
    if count is None:
        return "–"
    if count < 1000:
        return f"{count} B"
    value = float(count)
    for unit in ("kB", "MB", "GB", "TB"):
        value /= 1000
        if value < 1000 or unit == "TB":
            return f"{value:.1f} {unit}"
    return f"{count} B"


def moment(text: str | None) -> str:
    """An ISO time to the second, as `2026-05-03 09:12:44`, for tables; times are UTC throughout."""
    return "–" if text is None else text[:19].replace("T", " ")


def count(amount: int, noun: str, plural: str = "") -> str:
    """`1 run`, `3 runs`."""
    return f"{amount:,} {noun if amount == 1 else plural or noun + 's'}"
