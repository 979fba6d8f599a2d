"""What is a run, artifact, report or deployment connected to?

Walked a hop at a time, each node once, and not by one recursive statement: without a set of visited
nodes the number of paths between a run and its artifacts grows exponentially with the depth.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from contexta_processor.base.errors import ContextaError, Exit
from contexta_processor.base.query import Query
from contexta_processor.base.statement import statement
from contexta_processor.investigate.results import Rows, iso, rows_of
from contexta_processor.investigate.run_names import resolve_run

Direction = Literal["up", "down", "both"]

AGAINST_FLOW = frozenset({"consumed", "trained_on", "resumed_from", "supersedes", "monitors"})
"""Relations told from what depends to what it depends on. All others run with the evidence: from → to."""

_INPUT = "consumed"
_HUBS = frozenset({"environment"})
DEFAULT_DEPTH = 6


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
    def upstream(self) -> str:
        """The end the other one depends on."""
        return self.to_id if self.type in AGAINST_FLOW else self.from_id

    @property
    def downstream(self) -> str:
        """The end that depends on the other one."""
        return self.from_id if self.type in AGAINST_FLOW else self.to_id

    def kind_of(self, node: str) -> str | None:
        """What kind of thing one of its two ends is."""
        return self.from_kind if node == self.from_id else self.to_kind

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


@dataclass(frozen=True)
class Step:
    """How the walk came to a node: from which one, over which edge, at which depth (from 1)."""

    node: str
    came_from: str
    edge: Edge
    depth: int


@dataclass(frozen=True)
class Lineage:
    """The neighbourhood of `id`: its edges, and the walk that found its nodes, nearest first.

    cut: the walk stopped at its depth while there was more to see.
    """

    id: str
    kind: str | None
    direction: Direction
    depth: int
    edges: tuple[Edge, ...]
    steps: tuple[Step, ...]
    cut: bool

    def to_dict(self) -> dict[str, object]:
        """`{"relationships": […]}`."""
        return {
            "id": self.id,
            "kind": self.kind,
            "relationships": [edge.to_dict() for edge in self.edges],
            "depth": self.depth,
            "direction": self.direction,
            "cut": self.cut,
        }

    def rows(self) -> Rows:
        """One row per relationship."""
        columns = ("type", "from", "from_kind", "to", "to_kind", "captured_by", "confidence")
        documents = [edge.to_dict() for edge in self.edges]
        return Rows(
            (*columns, "evidence"),
            [[document[column] for column in (*columns, "evidence")] for document in documents],
        )


def lineage_of(
    query: Query,
    name: str,
    *,
    direction: Direction = "both",
    depth: int = DEFAULT_DEPTH,
    project: str | None = None,
) -> Lineage:
    """What `name` (a run's name, or the id of anything) is connected to, `depth` hops far.

    up: what it came from. down: what came from it. both: whatever is connected to it; but the other
    consumers of an input, and what else is in an environment, are neighbours of these and not of it.
    Raises: ContextaError with Exit.UNDECIDED if nothing is known by that name.
    """
    start, kind = _start(query, name, project)
    seen, frontier = {start}, {start}
    edges: dict[tuple[str, str, str], Edge] = {}
    steps: list[Step] = []
    inputs: set[str] = set()
    for hop in range(1, depth + 1):
        found: set[str] = set()
        for edge in _touching(query, frontier):
            for node in sorted({edge.from_id, edge.to_id} & frontier):
                other = edge.to_id if node == edge.from_id else edge.from_id
                if not _leads(edge, node, direction) or (
                    edge.type == _INPUT and node in inputs and other not in seen
                ):
                    continue
                edges[edge.key] = edge
                if other in seen:
                    continue
                seen.add(other)
                steps.append(Step(other, node, edge, hop))
                if direction == "both" and edge.type == _INPUT and other == edge.to_id:
                    inputs.add(other)
                if edge.kind_of(other) not in _HUBS:
                    found.add(other)
        frontier = found
        if not frontier:
            break
    cut = bool(frontier) and _more(query, frontier, edges, direction)
    ordered = tuple(edges[key] for key in sorted(edges))
    return Lineage(start, kind, direction, depth, ordered, tuple(steps), cut)


def edges_of(query: Query, ids: Iterable[str]) -> tuple[Edge, ...]:
    """The relationships that touch any of these ids."""
    return tuple(_touching(query, set(ids)))


def _touching(query: Query, ids: set[str]) -> list[Edge]:
    rows = rows_of(query.query(statement("investigate/lineage/edges"), {"ids": sorted(ids)}))
    return [Edge(**row) for row in rows]


def _leads(edge: Edge, node: str, direction: Direction) -> bool:
    if direction == "up":
        return node == edge.downstream
    if direction == "down":
        return node == edge.upstream
    return True


def _more(
    query: Query,
    frontier: set[str],
    edges: dict[tuple[str, str, str], Edge],
    direction: Direction,
) -> bool:
    return any(
        edge.key not in edges
        and any(
            _leads(edge, node, direction) for node in (edge.from_id, edge.to_id) if node in frontier
        )
        for edge in _touching(query, frontier)
    )


def _start(query: Query, name: str, project: str | None) -> tuple[str, str | None]:
    """The id a name means and its kind; runs first, then everything that is known by an id."""
    try:
        return resolve_run(query, name, project=project), "run"
    except ContextaError as error:
        if error.exit_code is not Exit.UNDECIDED or name in ("latest", "prev"):
            raise
        no_run = error
    found = rows_of(query.query(statement("investigate/lineage/known_ids"), {"name": name}))
    ids = {row["id"]: row["kind"] for row in reversed(found)}
    if name in ids:
        return name, ids[name]
    if len(ids) == 1:
        return next(iter(ids.items()))
    if ids:
        raise ContextaError(
            f"{name!r} could be any of {len(ids)} things",
            cause="; ".join(f"{node} ({kind})" for node, kind in sorted(ids.items())[:6]),
            hint="name it by its whole id",
        )
    raise ContextaError(
        f"nothing is known by the name {name!r}",
        cause=f"no artifact, deployment or relation has it, and {no_run.cause}",
        hint="contexta runs, contexta artifacts RUN and contexta deployments list ids",
        exit_code=Exit.UNDECIDED,
    )
