"""The edges of a store, fetched as a walk needs them and kept for the walks after it."""

from collections.abc import Callable, Iterable, Iterator

from contexta_processor.base.query import Query
from contexta_processor.investigate.lineage.edges import EQUAL, HUBS, Edge, fetch

Arc = tuple[str, Edge]
"""Where an edge leads, and the edge."""
Allowed = Callable[[str, Edge], bool]
"""Whether a walk may leave a node over an edge."""


class Graph:
    """Edges by the things they touch. `cut`: more edges touch something than are fetched at a time."""

    def __init__(self, query: Query) -> None:
        self._query = query
        self._edges: dict[str, dict[tuple[str, str, str], Edge]] = {}
        self.cut = False

    def load(
        self,
        ids: Iterable[str],
        *,
        towards: str = "both",
        inputs: frozenset[str] = frozenset(),
        seen: Iterable[str] = (),
    ) -> None:
        """Fetch what touches these things (as `edges.fetch` says), but for those that were asked about before."""
        wanted = {node for node in ids if node not in self._edges}
        if not wanted:
            return
        found, total = fetch(
            self._query, wanted, towards=towards, inputs=inputs & wanted, seen=seen
        )
        self.cut = self.cut or total > len(found)
        for node in wanted:
            self._edges[node] = {}
        for edge in found:
            for node in {edge.from_id, edge.to_id} & wanted:
                self._edges[node][edge.key] = edge

    def arcs(self, node: str) -> Iterator[Arc]:
        """What touches a thing that was loaded, and where it leads: direct edges first, then by name."""
        edges = self._edges.get(node, {}).values()
        for edge in sorted(edges, key=lambda edge: (not edge.direct, edge.type, edge.other(node))):
            if edge.from_id != edge.to_id:
                yield edge.other(node), edge


def is_hub(node: str, edge: Edge) -> bool:
    """Whether what an edge leads to connects things that have nothing else in common."""
    return edge.kind_of(node) in HUBS


def shortest(
    graph: Graph, start: str, goal: str, allowed: Allowed, *, most: int
) -> tuple[Edge, ...] | None:
    """The edges of a shortest way over allowed edges, in order; None if there is none among `most` things."""
    came: dict[str, tuple[str, Edge] | None] = {start: None}
    frontier = [start]
    while frontier and len(came) < most:
        graph.load(frontier)
        found: list[str] = []
        for node in frontier:
            for other, edge in graph.arcs(node):
                if other in came or not allowed(node, edge):
                    continue
                came[other] = (node, edge)
                if other == goal:
                    return _way(came, goal)
                found.append(other)
        frontier = found
    return None


def _way(came: dict[str, tuple[str, Edge] | None], goal: str) -> tuple[Edge, ...]:
    way: list[Edge] = []
    step = came[goal]
    while step is not None:
        node, edge = step
        way.append(edge)
        step = came[node]
    return tuple(reversed(way))


def strongest_ways(start: str, arcs: dict[str, list[Arc]]) -> dict[str, tuple[Edge, ...]]:
    """For each thing the arcs lead to, the edges of the shortest of its strongest ways from `start`.

    A way is as strong as its weakest edge, so a thing that direct edges alone lead to is reached over
    these, however much shorter another way is. A way ends at what is only equal to a thing on it.
    """
    ways: dict[str, tuple[Edge, ...]] = {start: ()}
    for direct_only in (True, False):
        reached: dict[str, tuple[Edge, ...]] = {start: ()}
        frontier = [start]
        while frontier:
            found: list[str] = []
            for node in frontier:
                for other, edge in arcs.get(node, ()):
                    if edge.type in EQUAL:
                        continue
                    if other not in reached and (edge.direct or not direct_only):
                        reached[other] = (*reached[node], edge)
                        found.append(other)
            frontier = found
        for node, way in reached.items():
            ways.setdefault(node, way)
    for node, way in list(ways.items()):
        for other, edge in arcs.get(node, ()):
            if edge.type in EQUAL:
                ways.setdefault(other, (*way, edge))
    return ways
