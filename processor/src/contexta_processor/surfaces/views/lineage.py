"""How relationships read: a tree of how the walk went, the steps of a way, or a table."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from contexta_processor.investigate.lineage.edges import EQUAL, SAME, Edge
from contexta_processor.investigate.lineage.lineage import Lineage, Node
from contexta_processor.investigate.lineage.path import Connection
from contexta_processor.investigate.lineage.taint import Taint
from contexta_processor.surfaces.render.text import count
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

_BRANCHES_SHOWN = 12
"""Of one node and relation; the others are counted. JSON, CSV and TSV have them all."""
_AMBIGUOUS_SHOWN = 8

_TOWARDS = {
    "up": "is something it came from",
    "down": "came from it",
    "across": "has something in common with it",
}


def lineage_view(result: Lineage) -> View:
    """A tree from the thing that was asked about; `←` came from, `→` led to, `=` another id of the same, `≈` equal."""
    first = result.nodes[0]
    root = Line.of(
        Cell(result.id, "strong"), Cell(_about(result.kind, first.detail), "dim"), *_mark(first)
    )
    if not result.edges:
        told = f"No relationship is recorded in this direction ({result.direction})."
        return View((root, Line.of(told), *_ambiguous(result)))
    blocks: list[Block] = [Tree(root, _Branches(result).below(result.id))]
    blocks += _ambiguous(result)
    blocks += _cut(result)
    return View(tuple(blocks))


class _Branches:
    """What hangs below each node: what was reached from it, and edges to what has its place already."""

    def __init__(self, result: Lineage) -> None:
        self._nodes = {node.id: node for node in result.nodes}
        self._children: defaultdict[str, list[Node]] = defaultdict(list)
        taken: set[tuple[str, str, str]] = set()
        for node in result.nodes:
            if node.came_from is not None:
                self._children[node.came_from].append(node)
                taken.add(node.way[-1].key)
        # Edges between nodes that both have their place already are told at their upstream end.
        self._also: defaultdict[str, list[Edge]] = defaultdict(list)
        for edge in result.edges:
            if edge.key not in taken:
                self._also[edge.upstream].append(edge)

    def below(self, id: str) -> tuple[Tree, ...]:
        """The branches of a node; of many alike the first, and how many more there are."""
        trees: list[Tree] = []
        shown: defaultdict[str, int] = defaultdict(int)
        for node in self._children[id]:
            edge = node.way[-1]
            shown[edge.type] += 1
            if shown[edge.type] <= _BRANCHES_SHOWN:
                trees.append(Tree(_label(edge, node), self.below(node.id)))
        for edge in self._also[id]:
            shown[edge.type] += 1
            if shown[edge.type] <= _BRANCHES_SHOWN:
                trees.append(Tree(_label(edge, self._nodes[edge.downstream], again=True)))
        for type, number in shown.items():
            if number > _BRANCHES_SHOWN:
                more = f"… {type}: {number - _BRANCHES_SHOWN:,} more, in --json and --csv"
                trees.append(Tree(Line.of(Cell(more, "dim"))))
        return tuple(trees)


def _label(edge: Edge, node: Node, *, again: bool = False) -> Line:
    arrow = "→ " if node.id == edge.downstream else "← "
    if edge.type in SAME:
        arrow = "= "
    elif edge.type in EQUAL:
        arrow = "≈ "
    kind = _about(edge.kind_of(node.id) or node.kind, None if again else node.detail)
    return Line.of(
        Cell(f"{arrow}{edge.type} ", "dim"),
        node.id,
        Cell(kind, "dim"),
        *_doubt(edge),
        Cell(f"  told by {edge.captured_by}" if edge.captured_by and edge.direct else "", "dim"),
        *(() if again else _mark(node)),
    )


def _about(kind: str | None, detail: str | None) -> str:
    words = [text for text in (kind, detail) if text]
    return f"  {': '.join(words)}" if words else ""


def _doubt(edge: Edge) -> tuple[Cell, ...]:
    if edge.direct:
        return ()
    return (Cell(f" ? inferred by {edge.captured_by or 'nobody named'}", "warn"),)


def _mark(node: Node) -> tuple[Cell, ...]:
    marks: list[Cell] = []
    if node.tainted is not None:
        marks.append(Cell(f"  {taint_words(node.tainted)}", "bad"))
    if not node.known and node.kind in ("run", "artifact", "deployment"):
        marks.append(Cell("  ! known by name only", "warn"))
    return tuple(marks)


def taint_words(taint: Taint) -> str:
    """`✗ tainted: comes from dataset_7, quarantined by incident-42`."""
    doubt = "" if taint.confidence == "direct" else " (inferred)"
    return f"✗ tainted{doubt}: {taint.words}"


def _ambiguous(result: Lineage) -> Iterator[Line]:
    rows = result.ambiguous
    for row in rows[:_AMBIGUOUS_SHOWN]:
        told = (
            f"? ambiguous: {row['from_id']} {row['type']} {row['to_id']} is one of {row['alternatives']} that fit "
            f"({row['evidence']}; {row['rule']}), so none is believed"
        )
        yield Line.of(Cell(told, "warn"))
    if len(rows) > _AMBIGUOUS_SHOWN:
        yield Line.of(Cell(f"and {len(rows) - _AMBIGUOUS_SHOWN} more ambiguous", "warn"))


def _cut(result: Lineage) -> Iterator[Line]:
    for left in result.left_out[:_AMBIGUOUS_SHOWN]:
        told = f"not followed: {count(left.count, 'relationship')} {left.type} of {left.id}"
        yield Line.of(Cell(told, "warn"))
    if result.left_out:
        total = sum(left.count for left in result.left_out)
        told = f"cut at {result.limit} things, {total:,} relationships not followed: -n 0 for all"
        yield Line.of(Cell(told, "warn"))
    elif result.cut:
        yield Line.of(Cell(f"more beyond depth {result.depth}: --depth N", "warn"))


def connection_view(result: Connection) -> View:
    """The way from one thing to the other, a step a line."""
    if not result.edges:
        return View((Line.of(Cell(result.start, "strong"), " is the same thing"),))
    doubt = (
        "directly told all the way"
        if result.confidence == "direct"
        else "? inferred in at least one step"
    )
    steps = "" if len(result.edges) == 1 else "s"
    head = Line.of(
        Cell(result.end, "strong"),
        f" {_TOWARDS[result.towards]}: ",
        Cell(result.start, "strong"),
        Cell(f"  {len(result.edges)} step{steps}, {doubt}", "dim"),
    )
    rows: list[list[Text]] = []
    for edge, node, place in zip(result.edges, result.nodes, range(1, 10**6), strict=False):
        other = edge.other(node)
        arrow = "≈" if edge.type in EQUAL else "→" if other == edge.downstream else "←"
        taint = result.taints.get(other)
        rows.append(
            [
                str(place),
                node,
                f"{arrow} {edge.type}",
                other,
                _sure(edge),
                or_dash(edge.captured_by),
                Cell(taint_words(taint), "bad") if taint else "",
            ]
        )
    columns = (
        Column("STEP", right=True),
        Column("FROM", wrap=True),
        Column("RELATION"),
        Column("TO", wrap=True),
        Column("SURE"),
        Column("TOLD BY", wrap=True, optional=1),
        Column("MARK", wrap=True),
    )
    return View((head, Table(columns, rows)))


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
        [edge.from_id, edge.type, edge.to_id, _sure(edge), or_dash(edge.captured_by)]
        for edge in edges
    ]
    return Table(columns, rows, title)


def _sure(edge: Edge) -> Text:
    return edge.confidence if edge.direct else Cell("? inferred", "warn")
