"""One relationship, and which of its ends depends on the other."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from contexta_processor.base.query import Query
from contexta_processor.base.statement import statement
from contexta_processor.investigate.results import iso, rows_of

if TYPE_CHECKING:
    import pyarrow as pa

AGAINST_FLOW = frozenset(
    {
        "consumed", "trained_on", "evaluated_on", "resumed_from", "supersedes", "monitors", "serves", "ran_in",
        "measured_against", "quarantined_by", "released_by",
    }
)  # fmt: skip
"""Relations told from what depends to what it depends on. All others run with the evidence: from → to."""
SAME = frozenset({"same_content", "same_name"})
"""Relations of two ids of one thing: what is up or down of one is so of the other."""
EQUAL = frozenset({"equal_content"})
"""Relations of two things that are equal and have nothing else to do with each other: shown, not followed any further."""
INPUTS = frozenset({"consumed", "trained_on", "evaluated_on"})
"""Relations to something that many may read; its other readers are no relatives of the one that was asked about."""
HUBS = frozenset({"environment", "service", "quarantine"})
"""Kinds of things that connect what has nothing else in common: reached, not passed through, unless asked about."""
HARMLESS = frozenset(
    {"supersedes", "measured_against", "quarantined_by", "released_by", "rejected_for", "promoted_to", "deployed_to"} | EQUAL
)  # fmt: skip
"""Relations over which a taint does not spread."""
MOST_EDGES = 20_000
"""Edges fetched at a time; beyond it the walk says that it was cut."""


@dataclass(frozen=True)
class Edge:
    """One relationship, with who says so (`captured_by`), how sure that is, and on what `evidence`."""

    type: str
    from_id: str
    from_kind: str | None
    to_id: str
    to_kind: str | None
    captured_by: str | None
    confidence: str
    evidence: str | None
    occurred_at: int | None

    @property
    def key(self) -> tuple[str, str, str]:
        """What makes it this relationship and no other."""
        return (self.from_id, self.type, self.to_id)

    @property
    def direct(self) -> bool:
        """Whether somebody who knows said so."""
        return self.confidence == "direct"

    @property
    def upstream(self) -> str:
        """The end the other one depends on."""
        return self.to_id if self.type in AGAINST_FLOW else self.from_id

    @property
    def downstream(self) -> str:
        """The end that depends on the other one."""
        return self.from_id if self.type in AGAINST_FLOW else self.to_id

    def other(self, node: str) -> str:
        """The end that `node` is not."""
        return self.to_id if node == self.from_id else self.from_id

    def kind_of(self, node: str) -> str | None:
        """What kind of thing one of its two ends is."""
        return self.from_kind if node == self.from_id else self.to_kind

    def leads_up(self, node: str) -> bool:
        """Whether one comes from `node` over this edge to what it depends on, or to itself by another id."""
        return self.type in SAME or (node == self.downstream and self.type not in EQUAL)

    def leads_down(self, node: str) -> bool:
        """Whether one comes from `node` over this edge to what depends on it, or to itself by another id."""
        return self.type in SAME or (node == self.upstream and self.type not in EQUAL)

    def to_dict(self) -> dict[str, object]:
        """One element of `{"relationships": […]}`."""
        return {
            "type": self.type,
            "from": self.from_id,
            "from_kind": self.from_kind,
            "to": self.to_id,
            "to_kind": self.to_kind,
            "captured_by": self.captured_by,
            "confidence": self.confidence,
            "evidence": self.evidence,
            "timestamp": iso(self.occurred_at),
        }


def weakest(edges: Iterable[Edge]) -> str:
    """Confidence along a path: that of its weakest edge. Nothing to pass is direct."""
    return "direct" if all(edge.direct for edge in edges) else "inferred"


def edges_of(query: Query, ids: Iterable[str]) -> tuple[Edge, ...]:
    """The relationships that touch any of these ids, ordered by from, type, to; at most `MOST_EDGES`."""
    return fetch(query, ids)[0]


def fetch(
    query: Query,
    ids: Iterable[str],
    *,
    towards: str = "both",
    inputs: Iterable[str] = (),
    seen: Iterable[str] = (),
) -> tuple[tuple[Edge, ...], int]:
    """The relationships that touch any of these ids, and how many there are, given or not.

    towards: up or down for only those that lead there. inputs: those of the ids whose readers matter only
    where they are `seen`: thousands of runs may read what one of them is asked about.
    """
    given: dict[str, object] = {
        "ids": sorted(set(ids)),
        "towards": towards,
        "against": sorted(AGAINST_FLOW),
        "same": sorted(SAME),
        "equal": sorted(EQUAL),
        "reading": sorted(INPUTS),
        "inputs": sorted(inputs),
        "seen": sorted(seen),
        "limit": MOST_EDGES,
    }
    return _edges_in(query.query(statement("investigate/lineage/edges"), given))


def fetch_ahead(
    query: Query, ids: Iterable[str], towards: str, hops: int
) -> tuple[tuple[Edge, ...], int]:
    """What `fetch` gives for these ids and everything up to `hops` hops from them, but not past hubs; towards: up or down."""
    given: dict[str, object] = {
        "ids": sorted(set(ids)),
        "towards": towards,
        "against": sorted(AGAINST_FLOW),
        "same": sorted(SAME),
        "equal": sorted(EQUAL),
        "hubs": sorted(HUBS),
        "hops": hops,
        "limit": MOST_EDGES,
    }
    return _edges_in(query.query(statement("investigate/lineage/edges_ahead"), given))


def _edges_in(found: "pa.Table") -> tuple[tuple[Edge, ...], int]:
    rows = rows_of(found)
    total = rows[0]["total"] if rows else 0
    for row in rows:
        del row["total"]
    return tuple(Edge(**row) for row in rows), total
