"""The project's Markdown pages, taken apart."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
_COMMAND = re.compile(r"(?:^|[`$|(]\s*|^\s*(?:\w+=\S+ )+)contexta ([a-z][a-z-]*)\b", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """One fenced block: its language ("" without one) and its text."""

    language: str
    text: str


def pages() -> list[Path]:
    """Every page, by path."""
    places = [ROOT, *(ROOT / name for name in ("instrumentation", "processor", "semconv"))]
    found = [page for place in places for page in place.glob("*.md")]
    for tree in ("docs", "examples", "collector-config", "benchmarks"):
        found += (ROOT / tree).rglob("*.md")
    return sorted(found)


def blocks(page: Path) -> list[Block]:
    """Fenced blocks in order."""
    return [Block(*found) for found in _FENCE.findall(page.read_text(encoding="utf-8"))]


def links(page: Path) -> list[str]:
    """Targets of links outside fenced blocks."""
    return _LINK.findall(_FENCE.sub("", page.read_text(encoding="utf-8")))


def anchors(page: Path) -> set[str]:
    """What a `#fragment` of a link to this page may be."""
    text = _FENCE.sub("", page.read_text(encoding="utf-8"))
    titles = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    given = re.findall(r'<a (?:id|name)="([^"]+)"', text)
    return {_slug(title) for title in titles} | set(given)


def commands(page: Path) -> Iterator[str]:
    """Names of `contexta` commands in code: fenced blocks and code spans."""
    text = page.read_text(encoding="utf-8")
    code = [body for _, body in _FENCE.findall(text)]
    code += re.findall(r"`([^`\n]+)`", _FENCE.sub("", text))
    for piece in code:
        yield from _COMMAND.findall(piece)


def _slug(title: str) -> str:
    """As GitHub makes it of a heading."""
    plain = re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", title).strip().lower()
    return re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")
