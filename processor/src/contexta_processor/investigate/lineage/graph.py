"""The edges of a store, fetched as a walk needs them and kept for the walks after it."""

from collections.abc import Callable, Iterable, Iterator

from contexta_processor.base.query import Query
from contexta_processor.investigate.lineage.edges import EQUAL, HUBS, Edge, fetch, fetch_ahead

Arc = tuple[str, Edge]
"""Where an edge leads, and the edge."""
Allowed = Callable[[str, Edge], bool]
"""Whether a walk may leave a node over an edge."""


_HOPS_ALONE = 4
"""Hops that are fetched one by one: most walks end there, and what is near is little."""
_HOPS_AHEAD = 16
"""Hops fetched together the first time; then twice as many each time."""


class Graph:
    """Edges by the things they touch. `cut`: more edges touch something than are fetched at a time.

    towards: up or down where only edges that lead there matter. A long way in one direction is fetched many hops at a time.
    """

    def __init__(self, query: Query, towards: str = "both") -> None:
        self._query = query
        self._towards = towards
        self._edges: dict[str, dict[tuple[str, str, str], Edge]] = {}
        self._fetched = 0
        self._hops = _HOPS_AHEAD
        self.cut = False

    def load(
        self, ids: Iterable[str], *, inputs: frozenset[str] = frozenset(), seen: Iterable[str] = ()
    ) -> None:
        """Fetch what touches these things (as `edges.fetch` says), but for those that were asked about before."""
        wanted = {node for node in ids if node not in self._edges}
        if not wanted:
            return
        self._fetched += 1
        if self._towards != "both" and self._fetched > _HOPS_ALONE and self._load_ahead(wanted):
            return
        found, total = fetch(
            self._query, wanted, towards=self._towards, inputs=inputs & wanted, seen=seen
        )
        self.cut = self.cut or total > len(found)
        self._keep(found, wanted)

    def _load_ahead(self, wanted: set[str]) -> bool:
        """Fetch these and many hops more; False if that is too much at a time."""
        found, total = fetch_ahead(self._query, wanted, self._towards, self._hops)
        if total > len(found):
            return False
        self._keep(found, _within(wanted, found, self._towards, self._hops))
        self._hops *= 2
        return True

    def _keep(self, found: Iterable[Edge], whole: set[str]) -> None:
        """Keep the edges of things all of whose edges were fetched."""
        for node in whole:
            self._edges.setdefault(node, {})
        for edge in found:
            for node in {edge.from_id, edge.to_id} & whole:
                self._edges[node][edge.key] = edge

    def arcs(self, node: str) -> Iterator[Arc]:
        """What touches a thing that was loaded, and where it leads: direct edges first, then by name."""
        edges = self._edges.get(node, {}).values()
        for edge in sorted(edges, key=lambda edge: (not edge.direct, edge.type, edge.other(node))):
            if edge.from_id != edge.to_id:
                yield edge.other(node), edge


def _within(start: set[str], edges: Iterable[Edge], towards: str, hops: int) -> set[str]:
    """What is reached from `start` in fewer than so many hops, not past hubs: things all of whose edges were fetched."""
    arcs: dict[str, list[str]] = {}
    for edge in edges:
        for node in (edge.from_id, edge.to_id):
            leads = edge.leads_up(node) if towards == "up" else edge.leads_down(node)
            if leads and not is_hub(edge.other(node), edge):
                arcs.setdefault(node, []).append(edge.other(node))
    reached, frontier = set(start), set(start)
    for _ in range(hops - 1):
        frontier = {other for node in frontier for other in arcs.get(node, ())} - reached
        reached |= frontier
    return reached


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
