"""How relationships are drawn: along the flow of evidence, inferred ones dashed, tainted things marked."""

from collections.abc import Sequence

from contexta_processor.investigate.lineage.edges import AGAINST_FLOW, EQUAL, SAME, Edge
from contexta_processor.investigate.lineage.lineage import Lineage, Node
from contexta_processor.investigate.lineage.path import Connection
from contexta_processor.surfaces.render.drawing import Arrow, Box, Drawing

_BACKWARDS = {
    "consumed": "consumed by",
    "trained_on": "trained",
    "evaluated_on": "evaluated",
    "resumed_from": "resumed as",
    "supersedes": "superseded by",
    "monitors": "monitored by",
    "serves": "served by",
    "ran_in": "ran",
    "measured_against": "reference of",
    "quarantined_by": "quarantined",
    "released_by": "released",
}
"""What a relation is called read from what others depend on, since every arrow is drawn that way."""


def lineage_drawing(result: Lineage) -> Drawing:
    """All nodes and edges of a lineage, and what was cut."""
    boxes = tuple(_box(node, asked=place == 0) for place, node in enumerate(result.nodes))
    remarks = [f"not followed: {left.count} {left.type} of {left.id}" for left in result.left_out]
    if result.cut and not result.left_out:
        remarks.append(f"more beyond depth {result.depth}")
    return Drawing(boxes, _arrows(result.edges), tuple(remarks))


def connection_drawing(result: Connection) -> Drawing:
    """The things on the way from one to the other."""
    kinds = {
        node: edge.kind_of(node) for edge in result.edges for node in (edge.from_id, edge.to_id)
    }
    boxes: list[Box] = []
    for node in result.nodes:
        taint = result.taints.get(node)
        kind = kinds.get(node)
        lines = (("✗ " if taint else "") + node, *((kind,) if kind else ()))
        asked = node in (result.start, result.end)
        boxes.append(Box(node, lines, asked=asked, tainted=taint is not None))
    return Drawing(tuple(boxes), _arrows(result.edges))


def _box(node: Node, *, asked: bool) -> Box:
    lines = [("✗ " if node.tainted else "") + node.id]
    about = ": ".join(text for text in (node.kind, node.detail) if text)
    if about:
        lines.append(about)
    if node.tainted is not None:
        lines.append(node.tainted.words)
    unknown = not node.known and node.kind in ("run", "artifact", "deployment")
    tainted = node.tainted is not None
    return Box(node.id, tuple(lines), asked=asked, tainted=tainted, unknown=unknown)


def _arrows(edges: Sequence[Edge]) -> tuple[Arrow, ...]:
    return tuple(
        Arrow(
            edge.upstream,
            edge.downstream,
            (_BACKWARDS.get(edge.type, edge.type) if edge.type in AGAINST_FLOW else edge.type)
            + ("" if edge.direct else "?"),
            dashed=not edge.direct,
            ends="none" if edge.type in SAME | EQUAL else "one",
        )
        for edge in edges
    )
