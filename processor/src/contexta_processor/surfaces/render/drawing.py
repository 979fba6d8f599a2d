"""A graph to be drawn, before anyone decides in which language."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Box:
    """A node: `lines` of text as captured.

    asked: the drawing is about it. tainted: it may not be relied on. unknown: nothing is known of it but its name.
    """

    id: str
    lines: tuple[str, ...]
    asked: bool = False
    tainted: bool = False
    unknown: bool = False


@dataclass(frozen=True)
class Arrow:
    """A line between two boxes. dashed: it was inferred. ends: one (an arrow) or none (two ids of one thing)."""

    tail: str
    head: str
    label: str
    dashed: bool = False
    ends: Literal["one", "none"] = "one"


@dataclass(frozen=True)
class Drawing:
    """Boxes and arrows in the order they are drawn, and remarks below."""

    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    remarks: tuple[str, ...] = ()
