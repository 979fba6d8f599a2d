"""Deciding that a thing may not be relied on, or may again: is there anything to decide, and what does it mark or clear?

Nothing is changed here: a decision is evidence, a relation THING `quarantined_by` WHO or `released_by` WHO, and is told as such.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from contexta_processor.base.errors import ContextaError, Exit
from contexta_processor.base.query import Query
from contexta_processor.base.statement import statement
from contexta_processor.investigate.lineage.start import resolve
from contexta_processor.investigate.lineage.taint import (
    Taint,
    taint_sources,
    tainted,
    taints_from,
)
from contexta_processor.investigate.results import Row, Rows, iso, rows_of

Decided = Literal["quarantined", "released"]

RELATIONS: dict[Decided, str] = {"quarantined": "quarantined_by", "released": "released_by"}
"""The type of the relation that tells a decision."""


@dataclass(frozen=True)
class Reached:
    """One thing that a decision reaches. taint: why it is not to be relied on, or was not; detail: what it is, in a few words."""

    id: str
    kind: str | None
    detail: str | None
    taint: Taint

    def to_dict(self) -> dict[str, object]:
        """One element of `tainted` or `cleared`."""
        taint = self.taint
        return {
            "id": self.id,
            "kind": self.kind,
            "detail": self.detail,
            "source": taint.source,
            "confidence": taint.confidence,
            "path": list(taint.path),
        }


@dataclass(frozen=True)
class Decision:
    """One decision about one thing, and what it reaches, nearest first.

    tainted: what came from a thing that is quarantined; after a release, what still rests on something else that is (the
    thing itself may be among it). cleared: what may be relied on again.
    """

    id: str
    kind: str | None
    decided: Decided
    by: str
    reason: str
    tainted: tuple[Reached, ...]
    cleared: tuple[Reached, ...] = ()

    def to_dict(self) -> dict[str, object]:
        """The decision without its time, which the evidence has: the same store gives the same bytes."""
        return {
            "id": self.id,
            "kind": self.kind,
            "decided": self.decided,
            "by": self.by,
            "reason": self.reason,
            "tainted": [each.to_dict() for each in self.tainted],
            "cleared": [each.to_dict() for each in self.cleared],
        }

    def rows(self) -> Rows:
        """One row per thing it reaches."""
        columns = ("state", "id", "kind", "detail", "source", "confidence", "path")
        told = [("tainted", each) for each in self.tainted]
        told += [("cleared", each) for each in self.cleared]
        return Rows(
            columns,
            [
                (state, each.id, each.kind, each.detail, each.taint.source, each.taint.confidence,
                 " > ".join(each.taint.path))
                for state, each in told
            ],
        )  # fmt: skip


def quarantine_of(
    query: Query, name: str, *, by: str, reason: str, project: str | None = None
) -> Decision:
    """What quarantining a thing marks: everything that came from it.

    Raises: ContextaError with Exit.UNDECIDED if nothing is known by that name, with Exit.USAGE if it is a decision itself.
    """
    id, kind = resolve(query, name, project)
    _require_thing(id, kind, by)
    reached = taints_from(query, {id: _source(id, by, reason)})
    del reached[id]
    return Decision(id, kind, "quarantined", by, reason, _described(query, reached.values()))


def release_of(
    query: Query, name: str, *, by: str, reason: str, at: int, project: str | None = None
) -> Decision:
    """What releasing a thing clears, and what of that still rests on something else that is quarantined.

    at: when it is released, Unix nanoseconds; it lifts what was said before.
    Raises: ContextaError with Exit.UNDECIDED if nothing is known by that name, it is neither quarantined nor found damaged, or
        that was said to be so only after `at`; with Exit.USAGE if it is a decision itself.
    """
    id, kind = resolve(query, name, project)
    _require_thing(id, kind, by)
    sources = taint_sources(query)
    if id not in sources:
        raise _nothing_to_release(query, id)
    _require_before(id, sources[id]["occurred_at"], at)
    reached = taints_from(query, {id: sources.pop(id)})
    left = taints_from(query, sources, reached)
    cleared = [taint for node, taint in reached.items() if node not in left]
    return Decision(
        id, kind, "released", by, reason, _described(query, left.values()), _described(query, cleared)
    )  # fmt: skip


def _source(id: str, by: str, reason: str) -> Row:
    """A row of `taints.sql` that is not told yet."""
    said = {"reason": RELATIONS["quarantined"], "by": by, "detail": reason}
    return {"id": id, "confidence": "direct", "occurred_at": None, **said}


def _described(query: Query, taints: Iterable[Taint]) -> tuple[Reached, ...]:
    told = list(taints)
    if not told:
        return ()
    asked = {"ids": sorted(taint.id for taint in told)}
    known: dict[str, Row] = {}
    for row in rows_of(query.query(statement("investigate/lineage/nodes"), asked)):
        known.setdefault(row["id"], row)

    def reached(taint: Taint) -> Reached:
        row = known.get(taint.id, {})
        return Reached(taint.id, row.get("kind"), row.get("detail") or None, taint)

    nearest = sorted(told, key=lambda taint: (len(taint.path), taint.id))
    return tuple(reached(taint) for taint in nearest)


def _require_thing(id: str, kind: str | None, by: str) -> None:
    if kind == "quarantine":
        raise ContextaError(
            f"{id} is who or what decided, and cannot be quarantined or released itself",
            cause="it is known only as the other end of such decisions",
            hint=f"contexta lineage {id} --down   shows what it was decided about",
        )
    if id == by:
        raise ContextaError(
            f"{id} cannot decide about itself",
            cause="--by names a person, an incident, a ticket",
            hint="give another --by",
        )


def _nothing_to_release(query: Query, id: str) -> ContextaError:
    taint = tainted(query, [id]).get(id)
    if taint is None:
        cause, hint = "nobody quarantined it, or it was released since", f"contexta lineage {id}"
    else:
        cause = f"it is tainted, but {taint.words}"
        hint = f"contexta release {taint.source} --reason …"
    return ContextaError(
        f"{id} is not quarantined", cause=cause, hint=hint, exit_code=Exit.UNDECIDED
    )


def _require_before(id: str, since: int | None, at: int) -> None:
    if since is not None and since >= at:
        raise ContextaError(
            f"{id} cannot be released now",
            cause=f"it was quarantined at {iso(since)}, which is later than this machine's clock ({iso(at)})",
            hint="set the clock right, or release it from the machine that quarantined it",
            exit_code=Exit.UNDECIDED,
        )
