"""Why is an edge believed: who says so, on which evidence, and what else could have been meant?"""

from collections.abc import Sequence
from dataclasses import dataclass

from contexta_processor.base.errors import ContextaError, Exit
from contexta_processor.base.query import Query
from contexta_processor.base.statement import statement
from contexta_processor.investigate.lineage.edges import Edge
from contexta_processor.investigate.lineage.lineage import Lineage, ambiguous_documents
from contexta_processor.investigate.lineage.rules import RULES, Rule
from contexta_processor.investigate.results import Row, Rows, iso, rows_of

STANDINGS = ("told as a relation", "said in passing", "concluded by a rule")
"""How an edge can be known; what comes first here wins over the others."""


@dataclass(frozen=True)
class Why:
    """Why one edge is believed.

    standing: one of `STANDINGS`. rule: the rule that concluded it, or None where it was told. claims: everybody who says so,
    the one that stands first. rests_on: the records a rule read. alternatives: what the same rule could as well have said of
    one of its ends, and therefore did not.
    """

    edge: Edge
    standing: str
    rule: Rule | None
    claims: tuple[Row, ...]
    rests_on: tuple[Row, ...]
    alternatives: tuple[Row, ...]

    def to_dict(self) -> dict[str, object]:
        """One element of `why`."""
        rule = self.rule
        return {
            "type": self.edge.type,
            "from": self.edge.from_id,
            "to": self.edge.to_id,
            "confidence": self.edge.confidence,
            "standing": self.standing,
            "rule": None
            if rule is None
            else {
                "name": rule.name,
                "believes": rule.believes,
                "because": rule.because,
                "unless": rule.unless,
            },
            "claims": [_timed(row) for row in self.claims],
            "rests_on": [_timed(row) for row in self.rests_on],
            "alternatives": ambiguous_documents(self.alternatives),
        }


@dataclass(frozen=True)
class WhyLineage:
    """A lineage, and for some or all of its edges why they are believed."""

    lineage: Lineage
    whys: tuple[Why, ...]

    def to_dict(self) -> dict[str, object]:
        """The lineage with `why` added."""
        return {**self.lineage.to_dict(), "why": [why.to_dict() for why in self.whys]}

    def rows(self) -> Rows:
        """One row per claim."""
        columns = ("captured_by", "confidence", "evidence", "run_id")
        values: list[list[object]] = []
        for why in self.whys:
            edge = why.edge
            for claim in why.claims:
                said: list[object] = [claim[column] for column in columns]
                named: list[object] = [
                    edge.type,
                    edge.from_id,
                    edge.to_id,
                    STANDINGS[claim["standing"]],
                ]
                values.append([*named, *said, iso(claim["occurred_at"])])
        return Rows(("type", "from", "to", "standing", *columns, "timestamp"), values)


def explain(query: Query, lineage: Lineage, edge: str | None = None) -> WhyLineage:
    """Why the edges of a lineage are believed, or those that `edge` names.

    edge: `FROM TYPE TO`, a type, or the id of one end.
    Raises: ContextaError with Exit.UNDECIDED if no edge shown is named so.
    """
    chosen = [found for found in lineage.edges if edge is None or _named(found, edge)]
    if edge is not None and not chosen:
        types = ", ".join(sorted({found.type for found in lineage.edges}))
        raise ContextaError(
            f"no relationship shown is named {edge!r}",
            cause=f"{len(lineage.edges)} are shown, of type {types}"
            if lineage.edges
            else "none is shown",
            hint=f'contexta lineage {lineage.id} --why "FROM TYPE TO", a type, or the id of one end',
            exit_code=Exit.UNDECIDED,
        )
    return WhyLineage(lineage, tuple(_whys(query, lineage, chosen)))


def _named(edge: Edge, name: str) -> bool:
    whole = f"{edge.from_id} {edge.type} {edge.to_id}"
    return name in (edge.type, edge.from_id, edge.to_id, whole)


def _whys(query: Query, lineage: Lineage, edges: Sequence[Edge]) -> list[Why]:
    if not edges:
        return []
    claims = _claims(query, edges)
    records = _Records(query, edges)
    whys: list[Why] = []
    for edge in edges:
        told = tuple(claims.get(edge.key, ()))
        rule = RULES.get(edge.captured_by or "")
        whys.append(
            Why(
                edge=edge,
                standing=STANDINGS[told[0]["standing"] if told else 0],
                rule=rule,
                claims=told,
                rests_on=tuple(records.under(edge)) if rule else (),
                alternatives=tuple(row for row in lineage.ambiguous if _rivals(edge, row)),
            )
        )
    return whys


def _rivals(edge: Edge, row: Row) -> bool:
    return bool({edge.from_id, edge.to_id} & {row["from_id"], row["to_id"]})


def _claims(query: Query, edges: Sequence[Edge]) -> dict[tuple[str, str, str], list[Row]]:
    asked = {
        "from_ids": [edge.from_id for edge in edges],
        "types": [edge.type for edge in edges],
        "to_ids": [edge.to_id for edge in edges],
    }
    found: dict[tuple[str, str, str], list[Row]] = {}
    for row in rows_of(query.query(statement("investigate/lineage/claims"), asked)):
        key = (row.pop("from_id"), row.pop("type"), row.pop("to_id"))
        found.setdefault(key, []).append(row)
    return found


class _Records:
    """The records that rules read, fetched once for all edges."""

    def __init__(self, query: Query, edges: Sequence[Edge]) -> None:
        self._query = query
        inferred = [edge for edge in edges if edge.captured_by in RULES]
        self._artifacts = self._ask("artifact_rows", inferred, ("run", "artifact"))
        self._telemetry = self._ask("telemetry_rows", inferred, ("deployment",))
        self._sets = self._ask("sample_set_rows", inferred, ("sample_set",))

    def _ask(self, name: str, edges: Sequence[Edge], kinds: tuple[str, ...]) -> list[Row]:
        ids = {
            node
            for edge in edges
            for node in (edge.from_id, edge.to_id)
            if edge.kind_of(node) in kinds
        }
        if not ids:
            return []
        asked = {"ids": sorted(ids)}
        return rows_of(self._query.query(statement(f"investigate/lineage/{name}"), asked))

    def under(self, edge: Edge) -> list[Row]:
        """What one inferred edge rests on."""
        ends = (edge.from_id, edge.to_id)
        if edge.captured_by == "rule:deployment_telemetry":
            return [
                row
                for row in self._telemetry
                if row["deployment_id"] == edge.to_id
                and (edge.from_kind == "run" or row["service_name"] == edge.from_id)
            ]
        if edge.captured_by == "rule:same_samples":
            return [row for row in self._sets if row["sample_set_id"] == edge.to_id]
        if edge.captured_by == "rule:consumed_artifact_id":
            return self._handed_over(*ends)
        if edge.captured_by == "rule:declared_parent":
            return [
                row
                for row in self._artifacts
                if row["run_id"] == edge.from_id and edge.to_id in (row["derived_from"] or ())
            ]
        return [row for row in self._artifacts if row["artifact_id"] in ends]

    def _handed_over(self, producer: str, reader: str) -> list[Row]:
        def named(run: str, role: str) -> set[str]:
            rows = self._artifacts
            return {r["artifact_id"] for r in rows if r["run_id"] == run and r["role"] == role}

        both = named(producer, "produced") & named(reader, "consumed")
        return [
            row
            for row in self._artifacts
            if row["artifact_id"] in both and row["run_id"] in (producer, reader)
        ]


def _timed(row: Row) -> dict[str, object]:
    told = {name: value for name, value in row.items() if name != "occurred_at"}
    if "standing" in told:
        told["standing"] = STANDINGS[row["standing"]]
    return {**told, "timestamp": iso(row["occurred_at"])} if "occurred_at" in row else told
