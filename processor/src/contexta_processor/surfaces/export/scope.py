"""What belongs to an export of a few runs: the runs, and what evidence connects to them.

Relationships are followed from the runs through artifacts, reports and deployments, never through
another run: an export of one run does not drag in every run that read the same dataset.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from contexta_processor.base.query import Query
from contexta_processor.base.statement import statement
from contexta_processor.investigate.lineage.edges import EQUAL
from contexta_processor.investigate.results import Row, rows_of

EDGE_COLUMNS = ("from_is_run", "to_is_run")
SHARED_KINDS = frozenset({"environment", "service", "sample_set", "quarantine"})
"""What many runs have in common: not a way from one of them to another."""


@dataclass(frozen=True)
class Scope:
    """What to export. `runs` in order; `nodes` are artifacts, deployments and whatever else was reached."""

    runs: tuple[str, ...]
    nodes: frozenset[str]
    everything: bool

    @property
    def params(self) -> dict[str, Any]:
        """Parameters for the statements that go by node."""
        return {"everything": self.everything, "nodes": sorted(self.nodes)}

    def holds(self, edge: Mapping[str, Any]) -> bool:
        """Whether a relationship belongs to the export.

        Its end must be in it (or its start be an exported run), and its start too, unless it only
        says where something exported came from. What a rule concluded, or production measured, rests
        on evidence about both ends.
        """
        if self.everything:
            return True
        start, end, kind = edge["from_id"], edge["to_id"], edge["type"]
        if (edge["captured_by"] or "").startswith("rule:"):
            return self._inside(start) and (self._inside(end) or start in self.runs)
        if kind == "measured_against":
            return start in self.runs
        ends_inside = (
            self._inside(end)
            or (self._inside(start) and edge["to_kind"] == "environment")
            or (start in self.runs and kind != "parent_of")
        )
        return ends_inside and (self._inside(start) or kind != "consumed")

    def _inside(self, node: str) -> bool:
        return node in self.nodes or node in self.runs


def scope_of(query: Query, runs: Sequence[str], *, everything: bool) -> Scope:
    """The scope of an export of these runs, or of all there is."""
    if everything:
        ids = query.query(statement("surfaces/export/run_ids")).column(0).to_pylist()
        return Scope(tuple(sorted(ids)), frozenset(), everything=True)
    edges = rows_of(query.query(statement("surfaces/export/relationships")))
    return Scope(tuple(sorted(set(runs))), frozenset(_reached(set(runs), edges)), everything=False)


def _reached(runs: set[str], edges: Iterable[Row]) -> set[str]:
    """Ids connected with the runs by relationships that pass through no other run and no environment."""
    neighbours: defaultdict[str, set[str]] = defaultdict(set)
    for edge in edges:
        if edge["type"] in EQUAL:  # alike, but neither came from the other
            continue
        if not edge["to_is_run"] and edge["to_kind"] not in SHARED_KINDS:
            neighbours[edge["from_id"]].add(edge["to_id"])
        if not edge["from_is_run"] and edge["from_kind"] not in SHARED_KINDS:
            neighbours[edge["to_id"]].add(edge["from_id"])
    reached: set[str] = set()
    frontier = set(runs)
    while frontier:
        frontier = set[str]().union(*(neighbours[node] for node in frontier)) - reached - runs
        reached |= frontier
    return reached
