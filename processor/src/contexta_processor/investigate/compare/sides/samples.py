"""The samples of all runs of two sides: which every run has, and what became of them on either side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from contexta_processor.base.query import Query
from contexta_processor.base.statement import statement
from contexta_processor.investigate.compare.samples import (
    ChangedSample,
    SampleChanges,
    columns_of,
)
from contexta_processor.investigate.compare.sides.members import Members

Place = tuple[str | None, str]
"""Stage and sample id."""


@dataclass(frozen=True)
class SideSamples:
    """Samples of any run.

    changes: of those that every run has (`paired`). lacking: run → samples it lacks. not_shared: how many are not in
    every run. stages: where samples are from.
    """

    changes: SampleChanges
    lacking: Mapping[str, int]
    not_shared: int
    stages: frozenset[str | None]

    @property
    def total(self) -> int:
        """Samples known to any run."""
        return self.changes.paired + self.not_shared

    def to_dict(self) -> dict[str, object]:
        """`comparison.samples`."""
        lacking = [{"run": run, "samples": count} for run, count in self.lacking.items()]
        return {
            **self.changes.to_dict(),
            "total": self.total,
            "not_in_every_run": self.not_shared,
            "lacking": lacking,
        }


@dataclass(frozen=True)
class PassShares:
    """How many runs of either side a sample passed in, for samples that every run judged."""

    baseline: Mapping[Place, int]
    candidate: Mapping[Place, int]

    def shares(self, members: Members) -> dict[Place, tuple[float, float]]:
        """The share of either side's runs in which each sample passed."""
        before, after = members.sizes
        return {
            place: (count / before, self.candidate[place] / after)
            for place, count in self.baseline.items()
        }


@dataclass(frozen=True)
class SideSampleTable:
    """Every sample of any run, as columns of equal length, ordered by id and stage."""

    stage: Sequence[str | None]
    sample_id: Sequence[str]
    runs: Sequence[Sequence[str]]
    group: Sequence[str | None]
    has_retrieval: bool
    other_input: int
    other_expected: int

    def in_none_of(self, runs: Sequence[str]) -> list[str]:
        """Ids of samples that none of some runs has."""
        lone = set(runs)
        told = zip(self.sample_id, self.runs, strict=True)
        return [id for id, there in told if lone.isdisjoint(there)]


def load_side_samples(query: Query, members: Members, group: str) -> SideSampleTable:
    """All runs' samples."""
    asked = {"runs": list(members.runs), "group": group}
    table = query.query(statement("investigate/compare/sides/samples"), asked)
    columns = columns_of(table)
    return SideSampleTable(
        stage=cast("list[str | None]", columns["stage"]),
        sample_id=cast("list[str]", columns["sample_id"]),
        runs=cast("list[list[str]]", columns["runs"]),
        group=cast("list[str | None]", columns["grouping"]),
        has_retrieval=True in columns["has_retrieval"],
        other_input=columns["other_input"].count(True),
        other_expected=columns["other_expected"].count(True),
    )


def side_samples(
    table: SideSampleTable,
    passed: PassShares,
    slices: Mapping[str, Sequence[str]],
    members: Members,
    *,
    listed: int | None,
) -> SideSamples:
    """Who is in every run, and who passed on one side and not on the other. slices: sample id → its slices."""
    shares = passed.shares(members)
    broke = [place for place, (before, after) in shares.items() if before > 0.5 > after]
    fixed = [place for place, (before, after) in shares.items() if after > 0.5 > before]
    everywhere = sum(len(runs) == len(members.runs) for runs in table.runs)
    only_baseline = table.in_none_of(members.candidate.runs)
    only_candidate = table.in_none_of(members.baseline.runs)
    groups = {group for group in table.group if group is not None}
    changes = SampleChanges(
        paired=everywhere,
        only_baseline=len(only_baseline),
        only_candidate=len(only_candidate),
        undecided=everywhere - len(shares),
        skipped=0,
        same_passed=sum(min(pair) > 0.5 for pair in shares.values()),
        same_failed=sum(max(pair) < 0.5 for pair in shares.values()),
        broke_count=len(broke),
        fixed_count=len(fixed),
        broke=tuple(_changed(broke, shares, passed, slices, members)[:listed]),
        fixed=tuple(_changed(fixed, shares, passed, slices, members)[:listed]),
        only_baseline_ids=tuple(only_baseline[:listed]),
        only_candidate_ids=tuple(only_candidate[:listed]),
        listed=listed,
        has_retrieval=table.has_retrieval,
        other_input=table.other_input,
        other_expected=table.other_expected,
        groups=len(groups) or None,
    )
    return SideSamples(
        changes=changes,
        lacking={run: sum(run not in runs for runs in table.runs) for run in members.runs},
        not_shared=len(table.runs) - everywhere,
        stages=frozenset(table.stage),
    )


def _changed(
    places: Sequence[Place],
    shares: Mapping[Place, tuple[float, float]],
    passed: PassShares,
    slices: Mapping[str, Sequence[str]],
    members: Members,
) -> list[ChangedSample]:
    """Those whose share of passes moved furthest first."""
    before, after = members.sizes
    ordered = sorted(
        places, key=lambda at: (-abs(shares[at][0] - shares[at][1]), at[1], at[0] or "")
    )
    return [
        ChangedSample(
            id,
            stage,
            f"passed in {passed.baseline[stage, id]} of {before}",
            f"passed in {passed.candidate[stage, id]} of {after}",
            slices=tuple(slices.get(id, ())),
        )
        for stage, id in ordered
    ]
