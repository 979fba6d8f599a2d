"""Marks and tones that every view uses alike."""

from typing import Final

from contexta_processor.surfaces.render.view import Cell, Text, Tone

_STATUS: Final[dict[str, tuple[str, Tone]]] = {
    "completed": ("✓", "good"),
    "succeeded": ("✓", "good"),
    "passed": ("✓", "good"),
    "available": ("✓", "good"),
    "approved": ("✓", "good"),
    "rejected": ("✗", "bad"),
    "running": ("~", "strong"),
    "pending": ("~", "strong"),
    "failed": ("✗", "bad"),
    "error": ("✗", "bad"),
    "interrupted": ("✗", "bad"),
    "rolled_back": ("✗", "bad"),
    "cancelled": ("!", "warn"),
    "skipped": ("!", "warn"),
}

_COMPLETENESS: Final[dict[str, tuple[str, Tone]]] = {
    "complete": ("✓", "good"),
    "partial": ("!", "warn"),
    "absent": ("–", "dim"),
}

_SEVERITY: Final[dict[str, tuple[str, Tone]]] = {
    "error": ("✗", "bad"),
    "warning": ("!", "warn"),
    "info": ("~", "dim"),
}


def status(word: str | None) -> Cell:
    """`✓ completed`, `✗ failed`, `~ running`, `? unknown`."""
    mark, tone = _STATUS.get(word or "", ("?", "dim"))
    return Cell(f"{mark} {word or 'unknown'}", tone)


def completeness(word: str, degraded: int = 0) -> Cell:
    """`✓ complete`, `! partial, 2 degraded`, `? unknown`."""
    mark, tone = _COMPLETENESS.get(word, ("?", "dim"))
    if degraded:
        return Cell(f"! {word}, {degraded} degraded", "warn")
    return Cell(f"{mark} {word}", tone)


def severity(word: str) -> Cell:
    """`! warning`, `✗ error`."""
    mark, tone = _SEVERITY.get(word, ("?", "dim"))
    return Cell(f"{mark} {word}", tone)


def or_dash(text: str | None) -> Text:
    """The text, or a dim dash where there is none."""
    return text if text else Cell("–", "dim")
