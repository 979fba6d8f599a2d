"""A walk over the edges of a store, from one thing.

A hop at a time, each node once, and not by one recursive statement: without a set of visited
nodes the number of paths between a run and its artifacts grows exponentially with the depth.
"""

from collections import Counter
from typing import Literal

from contexta_processor.investigate.lineage.edges import EQUAL, INPUTS, SAME, Edge
from contexta_processor.investigate.lineage.graph import Arc, Graph, is_hub

Direction = Literal["up", "down", "both"]


class Walk:
    """One walk: what it reached at which depth, over which edges, and what it left out."""

    def __init__(self, start: str, direction: Direction, limit: int) -> None:
        self._start = start
        self._direction: Direction = direction
        self._limit = limit
        self._inputs: set[str] = set()
        self._only_equal: set[str] = set()
        self.depths: dict[str, int] = {start: 0}
        self.edges: dict[tuple[str, str, str], Edge] = {}
        self.arcs: dict[str, list[Arc]] = {}
        self.left_out: Counter[tuple[str, str]] = Counter()
        self.more = False

    def go(self, graph: Graph, depth: int) -> None:
        """Walk, and then look whether there is more beyond the depth."""
        frontier = [self._start]
        for hop in range(1, depth + 1):
            self._load(graph, frontier)
            found: list[str] = []
            for node in frontier:
                for other, edge in graph.arcs(node):
                    if self._follow(node, other, edge, hop) and self._goes_on(other, edge):
                        found.append(other)
            frontier = found
            if not frontier:
                return
        self._load(graph, frontier)
        self.more = any(
            other not in self.depths and self._leads(node, other, edge)
            for node in frontier
            for other, edge in graph.arcs(node)
        )

    def _load(self, graph: Graph, frontier: list[str]) -> None:
        inputs = frozenset(self._inputs)
        graph.load(
            frontier,
            inputs=inputs,
            seen=self.depths if not inputs.isdisjoint(frontier) else (),
        )

    def _goes_on(self, other: str, edge: Edge) -> bool:
        """Whether the walk goes on from what an edge led to: not from a hub, nor from what is only equal to something."""
        if edge.type in EQUAL:
            self._only_equal.add(other)
            return False
        self._only_equal.discard(other)
        return not is_hub(other, edge)

    def _follow(self, node: str, other: str, edge: Edge, hop: int) -> bool:
        """Take an edge if it leads where the walk goes; whether it led to something the walk was not at before."""
        if not self._leads(node, other, edge):
            return False
        new = other not in self.depths
        if new and self._limit and len(self.depths) >= self._limit:
            self.left_out[(node, edge.type)] += 1
            return False
        self.edges[edge.key] = edge
        if not self._to_sibling(node, other, edge):
            self.arcs.setdefault(node, []).append((other, edge))
        if new:
            self.depths[other] = hop
            if (edge.type in INPUTS and other == edge.to_id) or (
                edge.type in SAME and node in self._inputs
            ):
                self._inputs.add(other)
        return new or (other in self._only_equal and edge.type not in EQUAL)

    def _leads(self, node: str, other: str, edge: Edge) -> bool:
        if self._direction == "up":
            return edge.leads_up(node)
        if self._direction == "down":
            return edge.leads_down(node)
        return other in self.depths or not self._to_sibling(node, other, edge)

    def _to_sibling(self, node: str, other: str, edge: Edge) -> bool:
        """Whether it leads from an input to another of its readers."""
        return (
            self._direction == "both"
            and edge.type in INPUTS
            and node in self._inputs
            and other == edge.from_id
        )
