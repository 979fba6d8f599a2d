"""The samples of all runs of two sides: which every run has, and what became of them on either side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from contexta_processor.base.query import Query
from contexta_processor.base.statement import statement
from contexta_processor.investigate.compare.samples import ChangedSample, SampleChanges
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


def load_side_samples(query: Query, members: Members, group: str) -> SideSampleTable:
    """All runs' samples."""
    asked = {"runs": list(members.runs), "group": group}
    table = query.query(statement("investigate/compare/sides/samples"), asked)
    columns = {
        name: cast("list[object]", table.column(name).to_pylist()) for name in table.column_names
    }
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
    sizes = members.sizes
    shares = {
        place: (count / sizes[0], passed.candidate[place] / sizes[1])
        for place, count in passed.baseline.items()
    }
    broke = [place for place, (before, after) in shares.items() if before > 0.5 > after]
    fixed = [place for place, (before, after) in shares.items() if after > 0.5 > before]
    everywhere = sum(len(runs) == len(members.runs) for runs in table.runs)
    only = [
        [id for id, runs in zip(table.sample_id, table.runs, strict=True) if not set(runs) & others]
        for others in (set(members.candidate.runs), set(members.baseline.runs))
    ]

    def changed(places: Sequence[Place]) -> tuple[ChangedSample, ...]:
        ordered = sorted(
            places, key=lambda at: (-abs(shares[at][0] - shares[at][1]), at[1], at[0] or "")
        )
        return tuple(
            ChangedSample(
                id,
                stage,
                f"passed in {passed.baseline[stage, id]} of {sizes[0]}",
                f"passed in {passed.candidate[stage, id]} of {sizes[1]}",
                slices=tuple(slices.get(id, ())),
            )
            for stage, id in ordered[:listed]
        )

    groups = {group for group in table.group if group is not None}
    changes = SampleChanges(
        paired=everywhere,
        only_baseline=len(only[0]),
        only_candidate=len(only[1]),
        undecided=everywhere - len(shares),
        skipped=0,
        same_passed=sum(min(pair) > 0.5 for pair in shares.values()),
        same_failed=sum(max(pair) < 0.5 for pair in shares.values()),
        broke_count=len(broke),
        fixed_count=len(fixed),
        broke=changed(broke),
        fixed=changed(fixed),
        only_baseline_ids=tuple(only[0][:listed]),
        only_candidate_ids=tuple(only[1][:listed]),
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
