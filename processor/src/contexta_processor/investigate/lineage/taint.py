"""What may not be relied on: what was quarantined or found damaged, and everything that came from it.

A person quarantines by a relation, THING `quarantined_by` WHO, and releases by THING `released_by` WHO; a verification
that finds an artifact changed or gone does it by its result, until a later one matches. The latest by event time
stands (store.taints). What depends on a tainted thing, at whatever depth, is tainted by it.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from contexta_processor.base.query import Query
from contexta_processor.base.statement import statement
from contexta_processor.investigate.lineage.edges import AGAINST_FLOW, HARMLESS, SAME
from contexta_processor.investigate.results import Row, iso, rows_of


@dataclass(frozen=True)
class Taint:
    """Why a thing may not be relied on.

    source: the thing that was quarantined or damaged, maybe itself. reason: quarantined_by,
    artifact_hash_mismatch or artifact_missing; by: who or what quarantined it; since: when that was said,
    Unix nanoseconds. path: from the source to the thing. confidence: inferred where the connection is.
    """

    id: str
    source: str
    reason: str
    by: str | None
    detail: str | None
    since: int | None
    confidence: str
    path: tuple[str, ...]

    @property
    def words(self) -> str:
        """`quarantined by incident-42: label leak`, `dataset_7 is quarantined by …`, in one line."""
        what = {
            "quarantined_by": "quarantined",
            "artifact_hash_mismatch": "not what was recorded (hash mismatch)",
            "artifact_missing": "missing where it was recorded",
        }.get(self.reason, self.reason)
        said = what + (f" by {self.by}" if self.by else "")
        said += f": {self.detail}" if self.detail else ""
        return said if self.source == self.id else f"comes from {self.source}, {said}"

    def to_dict(self) -> dict[str, object]:
        """The `tainted` of a thing in JSON."""
        return {
            "source": self.source,
            "reason": self.reason,
            "by": self.by,
            "detail": self.detail,
            "since": iso(self.since),
            "confidence": self.confidence,
            "path": list(self.path),
        }


def tainted(query: Query, ids: Iterable[str] | None = None) -> dict[str, Taint]:
    """Which of these things are tainted, and why; of all there are if none are named.

    Of several sources the one that direct relations lead from, then the nearest, then the first by id.
    Cost: one small question while nothing is quarantined.
    """
    return taints_from(query, taint_sources(query), ids)


def taint_sources(query: Query) -> dict[str, Row]:
    """What is quarantined or was found damaged itself: rows of `taints.sql`, by id."""
    return {row["id"]: row for row in rows_of(query.query(statement("investigate/lineage/taints")))}


def taints_from(
    query: Query, sources: dict[str, Row], ids: Iterable[str] | None = None
) -> dict[str, Taint]:
    """Which of these things these sources taint; of all there are if none are named. The sources are among them."""
    if not sources:
        return {}
    came = _spread(sources, _downstream(query, list(sources)))
    wanted = came.keys() if ids is None else (node for node in dict.fromkeys(ids) if node in came)
    return {node: _taint(node, came, sources) for node in wanted}


_Flow = dict[str, list[tuple[str, bool]]]
_Came = dict[str, tuple[str | None, bool]]
"""Thing → what it was reached from (None: itself a source), and whether over direct relations alone."""


def _downstream(query: Query, sources: list[str]) -> _Flow:
    given = {
        "ids": sources,
        "against": sorted(AGAINST_FLOW),
        "same": sorted(SAME),
        "harmless": sorted(HARMLESS),
    }
    flow: _Flow = {}
    for row in rows_of(query.query(statement("investigate/lineage/downstream"), given)):
        flow.setdefault(row["upstream"], []).append(
            (row["downstream"], row["confidence"] == "direct")
        )
    return flow


def _spread(sources: dict[str, Row], flow: _Flow) -> _Came:
    """Everything the sources reach: first over direct relations, then over any; each nearest first."""
    came: _Came = {
        node: (None, True) for node in sorted(sources) if sources[node]["confidence"] == "direct"
    }
    _walk(came, list(came), flow, direct_only=True)
    for node in sorted(sources):
        came.setdefault(node, (None, False))
    _walk(came, list(came), flow, direct_only=False)
    return came


def _walk(came: _Came, frontier: list[str], flow: _Flow, *, direct_only: bool) -> None:
    while frontier:
        found: list[str] = []
        for node in frontier:
            for other, direct in flow.get(node, ()):
                if other not in came and (direct or not direct_only):
                    came[other] = (node, direct_only)
                    found.append(other)
        frontier = found


def _taint(node: str, came: _Came, sources: dict[str, Row]) -> Taint:
    path = [node]
    while (before := came[path[-1]][0]) is not None:
        path.append(before)
    source = sources[path[-1]]
    return Taint(
        id=node,
        source=source["id"],
        reason=source["reason"],
        by=source["by"],
        detail=source["detail"],
        since=source["occurred_at"],
        confidence="direct" if came[node][1] else "inferred",
        path=tuple(reversed(path)),
    )
