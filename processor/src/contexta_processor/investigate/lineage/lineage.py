"""What is a run, artifact, data set, sample set, report, deployment or environment connected to?"""

from collections.abc import Iterable
from dataclasses import dataclass

from contexta_processor.base.query import Query
from contexta_processor.base.statement import statement
from contexta_processor.investigate.lineage.edges import Edge, edges_of, weakest
from contexta_processor.investigate.lineage.graph import Graph, strongest_ways
from contexta_processor.investigate.lineage.start import resolve
from contexta_processor.investigate.lineage.taint import Taint, tainted
from contexta_processor.investigate.lineage.walk import Direction, Walk
from contexta_processor.investigate.results import Row, Rows, rows_of

__all__ = ["DEFAULT_DEPTH", "DEFAULT_LIMIT", "Direction", "Edge", "Lineage", "Node", "edges_of", "lineage_of"]  # fmt: skip

DEFAULT_DEPTH = 6
DEFAULT_LIMIT = 500


@dataclass(frozen=True)
class Node:
    """One thing that was reached; the first is the one that was asked about.

    depth: hops from there. way: the edges of the shortest of its strongest ways from there; confidence: that of
    the weakest of them. known: whether there is evidence of it beyond relations that name it; detail: a few
    words of that evidence. tainted: why it may not be relied on, or None.
    """

    id: str
    kind: str | None
    detail: str | None
    known: bool
    depth: int
    way: tuple[Edge, ...]
    tainted: Taint | None

    @property
    def confidence(self) -> str:
        """How sure it is that there is a connection."""
        return weakest(self.way)

    @property
    def came_from(self) -> str | None:
        """The thing before it on its way."""
        return self.way[-1].other(self.id) if self.way else None

    @property
    def path(self) -> tuple[str, ...]:
        """The ids on its way, from the one that was asked about to its own."""
        ids = [self.id]
        for edge in reversed(self.way):
            ids.append(edge.other(ids[-1]))
        return tuple(reversed(ids))

    def to_dict(self) -> dict[str, object]:
        """One element of `nodes`."""
        return {
            "id": self.id,
            "kind": self.kind,
            "detail": self.detail,
            "known": self.known,
            "depth": self.depth,
            "confidence": self.confidence,
            "path": list(self.path),
            "tainted": self.tainted.to_dict() if self.tainted else None,
        }


@dataclass(frozen=True)
class LeftOut:
    """Relations of one type of one node that were not followed, since the walk had enough nodes."""

    id: str
    type: str
    count: int


@dataclass(frozen=True)
class Lineage:
    """The neighbourhood of `id`: its edges by name, and its nodes, nearest first.

    cut: there is more, beyond the depth or the number of nodes. left_out: what the latter cost. ambiguous:
    rows of what rules would say, had the evidence not fitted several answers equally well; of nodes shown.
    """

    id: str
    kind: str | None
    direction: Direction
    depth: int
    limit: int
    edges: tuple[Edge, ...]
    nodes: tuple[Node, ...]
    cut: bool
    left_out: tuple[LeftOut, ...]
    ambiguous: tuple[Row, ...]

    def to_dict(self) -> dict[str, object]:
        """`{"relationships": […], "nodes": […], …}`."""
        return {
            "id": self.id,
            "kind": self.kind,
            "relationships": [edge.to_dict() for edge in self.edges],
            "nodes": [node.to_dict() for node in self.nodes],
            "depth": self.depth,
            "direction": self.direction,
            "limit": self.limit,
            "cut": self.cut,
            "left_out": [
                {"id": left.id, "type": left.type, "count": left.count} for left in self.left_out
            ],
            "ambiguous": ambiguous_documents(self.ambiguous),
        }

    def rows(self) -> Rows:
        """One row per relationship."""
        columns = ("type", "from", "from_kind", "to", "to_kind", "captured_by", "confidence")
        marked = {node.id: node.tainted for node in self.nodes}
        return Rows(
            (*columns, "evidence", "tainted"),
            [
                [
                    *(edge.to_dict()[column] for column in (*columns, "evidence")),
                    _taints_of(edge, marked),
                ]
                for edge in self.edges
            ],
        )


def lineage_of(
    query: Query,
    name: str,
    *,
    direction: Direction = "both",
    depth: int = DEFAULT_DEPTH,
    limit: int = DEFAULT_LIMIT,
    project: str | None = None,
) -> Lineage:
    """What `name` (a run's name, or the id of anything) is connected to, `depth` hops far, at most `limit` nodes.

    up: what it came from. down: what came from it. both: whatever is connected to it; but the other
    readers of an input, and what else is in an environment, are neighbours of these and not of it.
    Raises: ContextaError with Exit.UNDECIDED if nothing is known by that name.
    """
    start, kind = resolve(query, name, project)
    graph = Graph(query, direction)
    walk = Walk(start, direction, limit)
    walk.go(graph, depth)
    ways = strongest_ways(start, walk.arcs)
    kinds = _kinds(walk.edges.values()) | ({start: kind} if kind else {})
    return Lineage(
        id=start,
        kind=kind,
        direction=direction,
        depth=depth,
        limit=limit,
        edges=tuple(walk.edges[key] for key in sorted(walk.edges)),
        nodes=_nodes(query, walk.depths, ways, kinds),
        cut=walk.more or graph.cut or bool(walk.left_out),
        left_out=tuple(LeftOut(*key, count) for key, count in sorted(walk.left_out.items())),
        ambiguous=tuple(ambiguous_among(query, walk.depths)),
    )


def _nodes(
    query: Query,
    depths: dict[str, int],
    ways: dict[str, tuple[Edge, ...]],
    kinds: dict[str, str],
) -> tuple[Node, ...]:
    described: dict[str, Row] = {}
    for row in rows_of(
        query.query(statement("investigate/lineage/nodes"), {"ids": sorted(depths)})
    ):
        described.setdefault(row["id"], row)
    marks = tainted(query, depths)

    def node(id: str, depth: int) -> Node:
        row = described.get(id)
        kind = kinds.get(id) or (row["kind"] if row else None)
        detail = (row["detail"] or None) if row else None
        return Node(id, kind, detail, row is not None, depth, ways[id], marks.get(id))

    return tuple(node(id, depth) for id, depth in depths.items())


def ambiguous_among(query: Query, ids: Iterable[str]) -> list[Row]:
    """What rules would say of these things, where the evidence fits several answers equally well."""
    return rows_of(query.query(statement("investigate/lineage/ambiguous"), {"ids": sorted(ids)}))


def ambiguous_documents(rows: Iterable[Row]) -> list[dict[str, object]]:
    """The elements of `ambiguous` in JSON."""
    return [
        {
            "type": row["type"],
            "from": row["from_id"],
            "to": row["to_id"],
            "rule": row["rule"],
            "evidence": row["evidence"],
            "alternatives": row["alternatives"],
        }
        for row in rows
    ]


def _kinds(edges: Iterable[Edge]) -> dict[str, str]:
    found: dict[str, str] = {}
    for edge in edges:
        for node in (edge.from_id, edge.to_id):
            kind = edge.kind_of(node)
            if kind:
                found.setdefault(node, kind)
    return found


def _taints_of(edge: Edge, marked: dict[str, Taint | None]) -> str | None:
    ends = sorted(node for node in {edge.from_id, edge.to_id} if marked.get(node))
    return ", ".join(ends) or None
