"""How relationships read: a tree of how the walk went, or a table."""

from collections.abc import Sequence

from contexta_processor.investigate.lineage.lineage import Edge, Lineage
from contexta_processor.surfaces.render.view import (
    Block,
    Cell,
    Column,
    Line,
    Table,
    Text,
    Tree,
    View,
)
from contexta_processor.surfaces.views.words import or_dash


def lineage_view(result: Lineage) -> View:
    """A tree from the thing that was asked about; `←` came from, `→` led to."""
    root = Line.of(Cell(result.id, "strong"), Cell(f"  {result.kind or ''}", "dim"))
    if not result.edges:
        told = f"No relationship is recorded in this direction ({result.direction})."
        return View((root, Line.of(told)))
    blocks: list[Block] = [Tree(root, _below(result, result.id))]
    if result.cut:
        blocks.append(Line.of(Cell(f"more beyond depth {result.depth}: --depth N", "warn")))
    return View(tuple(blocks))


def _below(result: Lineage, node: str) -> tuple[Tree, ...]:
    walked = [step for step in result.steps if step.came_from == node]
    taken = {step.edge.key for step in result.steps}
    # Edges between nodes that both have their place already are told at their upstream end.
    also = [edge for edge in result.edges if edge.key not in taken and edge.upstream == node]
    return (
        *(Tree(_label(step.edge, step.node), _below(result, step.node)) for step in walked),
        *(Tree(_label(edge, edge.downstream)) for edge in also),
    )


def _label(edge: Edge, node: str) -> Line:
    arrow = "← " if node == edge.upstream else "→ "
    doubt = (Cell(" ? inferred", "warn"),) if edge.confidence != "direct" else ()
    kind = edge.kind_of(node)
    return Line.of(
        Cell(f"{arrow}{edge.type} ", "dim"),
        node,
        Cell(f"  {kind}" if kind else "", "dim"),
        *doubt,
        Cell(f"  told by {edge.captured_by}" if edge.captured_by else "", "dim"),
    )


def relation_table(edges: Sequence[Edge], *, title: str) -> Table:
    """One line per relationship."""
    columns = (
        Column("FROM", wrap=True),
        Column("RELATION"),
        Column("TO", wrap=True),
        Column("SURE"),
        Column("TOLD BY", wrap=True, optional=1),
    )
    rows: list[list[Text]] = [
        [
            edge.from_id,
            edge.type,
            edge.to_id,
            edge.confidence if edge.confidence == "direct" else Cell("? inferred", "warn"),
            or_dash(edge.captured_by),
        ]
        for edge in edges
    ]
    return Table(columns, rows, title)
