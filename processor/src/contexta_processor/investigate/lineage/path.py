"""How are two things connected?"""

from dataclasses import dataclass
from typing import Literal

from contexta_processor.base.errors import ContextaError, Exit
from contexta_processor.base.query import Query
from contexta_processor.investigate.lineage.edges import Edge, weakest
from contexta_processor.investigate.lineage.graph import Allowed, Graph, is_hub, shortest
from contexta_processor.investigate.lineage.start import resolve
from contexta_processor.investigate.lineage.taint import Taint, tainted
from contexta_processor.investigate.results import Rows

Towards = Literal["up", "down", "across"]

MOST_THINGS = 20_000
"""How many things are looked at before a search gives up."""


@dataclass(frozen=True)
class Connection:
    """The shortest of the strongest ways from `start` to `end`.

    towards: up where end is something start came from, down where it came from start, across where they have
    only something in common. nodes: the ids on the way. confidence: that of the weakest edge.
    """

    start: str
    end: str
    towards: Towards
    edges: tuple[Edge, ...]
    nodes: tuple[str, ...]
    taints: dict[str, Taint]

    @property
    def confidence(self) -> str:
        """How sure the connection is."""
        return weakest(self.edges)

    def to_dict(self) -> dict[str, object]:
        """`{"from", "to", "direction", "confidence", "path": [ids], "relationships": [in order]}`."""
        return {
            "from": self.start,
            "to": self.end,
            "direction": self.towards,
            "confidence": self.confidence,
            "path": list(self.nodes),
            "relationships": [edge.to_dict() for edge in self.edges],
            "tainted": {node: taint.to_dict() for node, taint in self.taints.items()},
        }

    def rows(self) -> Rows:
        """One row per step."""
        columns = ("type", "from", "from_kind", "to", "to_kind", "captured_by", "confidence")
        documents = [edge.to_dict() for edge in self.edges]
        return Rows(
            ("step", *columns, "evidence"),
            [
                [step, *(document[column] for column in (*columns, "evidence"))]
                for step, document in enumerate(documents, 1)
            ],
        )


def connection_of(query: Query, name: str, other: str, *, project: str | None = None) -> Connection:
    """How two things are connected: by descent if they are, else by what they have in common.

    Descent by direct edges comes before descent by inferred ones, and that before what is merely common.
    Raises: ContextaError with Exit.UNDECIDED if one is not known, or nothing connects them.
    """
    start, _ = resolve(query, name, project)
    end, _ = resolve(query, other, project)
    graphs = {towards: Graph(query, towards) for towards in ("up", "down", "both")}
    if start == end:
        return Connection(start, end, "up", (), (start,), tainted(query, [start]))
    for towards, allowed in _searches():
        graph = graphs["both" if towards == "across" else towards]
        edges = shortest(graph, start, end, allowed, most=MOST_THINGS)
        if edges is not None:
            nodes = [start]
            for edge in edges:
                nodes.append(edge.other(nodes[-1]))
            return Connection(start, end, towards, edges, tuple(nodes), tainted(query, nodes))
    raise ContextaError(
        f"nothing connects {start} and {end}",
        cause="no chain of relationships, told or inferred, leads from one to the other"
        + (
            f" among the first {MOST_THINGS:,} things"
            if any(graph.cut for graph in graphs.values())
            else ""
        ),
        hint=f"contexta lineage {start}   shows what is known around it",
        exit_code=Exit.UNDECIDED,
    )


def _searches() -> list[tuple[Towards, Allowed]]:
    """What to look for, in this order."""

    def up(node: str, edge: Edge) -> bool:
        return edge.leads_up(node)

    def down(node: str, edge: Edge) -> bool:
        return edge.leads_down(node)

    def past_hubs(node: str, edge: Edge) -> bool:
        return not is_hub(edge.other(node), edge)

    def anyhow(_node: str, _edge: Edge) -> bool:
        return True

    def told(allowed: Allowed) -> Allowed:
        return lambda node, edge: edge.direct and allowed(node, edge)

    return [
        ("up", told(up)),
        ("down", told(down)),
        ("up", up),
        ("down", down),
        ("across", told(past_hubs)),
        ("across", past_hubs),
        ("across", told(anyhow)),
        ("across", anyhow),
    ]
