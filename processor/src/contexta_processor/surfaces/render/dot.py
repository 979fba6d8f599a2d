"""A drawing in DOT, the language of Graphviz. Captured text stands in double-quoted strings only."""

from collections.abc import Iterator

from contexta_processor.surfaces.render.drawing import Arrow, Box, Drawing
from contexta_processor.surfaces.render.text import safe


def dumps(drawing: Drawing) -> str:
    """The whole digraph. Dashed lines are inferred."""
    return "\n".join(_lines(drawing)) + "\n"


def quoted(text: str) -> str:
    """One line of text as a string: a backslash would be an escape, a quote its end."""
    return '"' + safe(text).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _lines(drawing: Drawing) -> Iterator[str]:
    names = {box.id: f"n{place}" for place, box in enumerate(drawing.boxes)}
    yield "digraph lineage {"
    yield "  rankdir=LR;"
    yield "  node [shape=box];"
    for box in drawing.boxes:
        yield f"  {names[box.id]} [{_box(box)}];"
    for arrow in drawing.arrows:
        yield f"  {names[arrow.tail]} -> {names[arrow.head]} [{_arrow(arrow)}];"
    for remark in drawing.remarks:
        yield f"  // {safe(remark)}"
    yield "}"


def _box(box: Box) -> str:
    text = "\\n".join(quoted(line)[1:-1] for line in box.lines)
    told = [f'label="{text}"']
    styles = (["bold"] if box.asked else []) + (["dashed"] if box.unknown else [])
    if styles:
        told.append(f'style="{",".join(styles)}"')
    if box.tainted:
        told.append('color="#b91c1c", fontcolor="#b91c1c"')
    return ", ".join(told)


def _arrow(arrow: Arrow) -> str:
    told = [f"label={quoted(arrow.label)}"]
    if arrow.dashed:
        told.append("style=dashed")
    if arrow.ends == "none":
        told.append("dir=none")
    return ", ".join(told)
