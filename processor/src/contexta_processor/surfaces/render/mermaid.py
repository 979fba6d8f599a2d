"""A drawing as a Mermaid flowchart, as GitHub, GitLab and most editors show it.

Captured text stands in quoted labels only, and there every character that is not a letter, a digit or harmless punctuation as its
number: nothing in an id can end a label, open a link or become markup.
"""

from collections.abc import Iterator

from contexta_processor.surfaces.render.drawing import Arrow, Box, Drawing
from contexta_processor.surfaces.render.text import safe

_HARMLESS = frozenset(" -_.,/+=@:?()")
_CLASSES = (
    "classDef asked stroke-width:3px",
    "classDef tainted stroke:#b91c1c,stroke-width:2px,color:#b91c1c",
    "classDef unknown stroke-dasharray:3 3",
)


def dumps(drawing: Drawing) -> str:
    """The whole flowchart. Dashed lines are inferred."""
    return "\n".join(_lines(drawing)) + "\n"


def label(text: str) -> str:
    """Text for between double quotes."""
    return "".join(
        char if char.isalnum() or char in _HARMLESS else f"#{ord(char)};" for char in safe(text)
    )


def _lines(drawing: Drawing) -> Iterator[str]:
    names = {box.id: f"n{place}" for place, box in enumerate(drawing.boxes)}
    yield "flowchart LR"
    for box in drawing.boxes:
        yield f"  {names[box.id]}{_box(box)}"
    for arrow in drawing.arrows:
        yield f'  {names[arrow.tail]} {_line(arrow)}|"{label(arrow.label)}"| {names[arrow.head]}'
    for remark in drawing.remarks:
        yield f"  %% {label(remark)}"
    yield from (f"  {text}" for text in _CLASSES)
    for name, boxes in _classes(drawing).items():
        yield f"  class {','.join(names[box.id] for box in boxes)} {name}"


def _box(box: Box) -> str:
    return '["' + "<br/>".join(label(text) for text in box.lines) + '"]'


def _line(arrow: Arrow) -> str:
    if arrow.ends == "none":
        return "-.-" if arrow.dashed else "---"
    return "-.->" if arrow.dashed else "-->"


def _classes(drawing: Drawing) -> dict[str, list[Box]]:
    found: dict[str, list[Box]] = {}
    for box in drawing.boxes:
        held = {"asked": box.asked, "tainted": box.tainted, "unknown": box.unknown}
        for name in (name for name, holds in held.items() if holds):
            found.setdefault(name, []).append(box)
    return found
