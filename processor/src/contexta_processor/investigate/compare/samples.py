"""The samples of two runs, matched by id within their stage: who is in both, and who passed where."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

from contexta_processor.base.query import Params, Query
from contexta_processor.base.statement import statement
from contexta_processor.investigate.results import rows_of

if TYPE_CHECKING:
    import pyarrow as pa

FAILED = frozenset({"failed", "error"})
JUDGED = FAILED | {"passed"}

Place = tuple[str | None, str]
"""Stage and sample id."""


@dataclass(frozen=True)
class SampleTable:
    """Every sample of either run, as columns of equal length, ordered by id and stage.

    baseline, candidate: passed, failed, error, skipped, or None where nobody said. group: what the sample is
    grouped by, None where nothing says so. other_input, other_expected: the two runs summarise it differently.
    """

    stage: Sequence[str | None]
    sample_id: Sequence[str]
    in_baseline: Sequence[bool]
    in_candidate: Sequence[bool]
    baseline: Sequence[str | None]
    candidate: Sequence[str | None]
    group: Sequence[str | None]
    has_retrieval: bool
    redacted: int
    other_input: int
    other_expected: int

    def __len__(self) -> int:
        return len(self.sample_id)


@dataclass(frozen=True)
class ChangedSample:
    """A sample that came out differently. Outputs are None where not captured, or redacted."""

    sample_id: str
    stage: str | None
    baseline: str | None
    candidate: str | None
    slices: tuple[str, ...] = ()
    failure_tags: tuple[str, ...] = ()
    baseline_output: str | None = None
    candidate_output: str | None = None

    def to_dict(self) -> dict[str, object]:
        """One element of `broke` or `fixed`."""
        return {
            "sample_id": self.sample_id,
            "stage": self.stage,
            "baseline": self.baseline,
            "candidate": self.candidate,
            "slices": list(self.slices),
            "failure_tags": list(self.failure_tags),
            "baseline_output": self.baseline_output,
            "candidate_output": self.candidate_output,
        }


@dataclass(frozen=True)
class SampleChanges:
    """What became of the samples. Counts are of all of them; lists hold `listed` at most, worst first.

    undecided: paired samples of which one side didn't say whether they passed: neither broke nor fixed.
    skipped: paired samples that the candidate skipped and the baseline judged. groups: how many groups
    the samples fall into, None without any.
    """

    paired: int
    only_baseline: int
    only_candidate: int
    undecided: int
    skipped: int
    same_passed: int
    same_failed: int
    broke_count: int
    fixed_count: int
    broke: tuple[ChangedSample, ...]
    fixed: tuple[ChangedSample, ...]
    only_baseline_ids: tuple[str, ...]
    only_candidate_ids: tuple[str, ...]
    listed: int | None
    has_retrieval: bool
    other_input: int
    other_expected: int
    groups: int | None

    @property
    def total(self) -> int:
        """Samples known to either run."""
        return self.paired + self.only_baseline + self.only_candidate

    def to_dict(self) -> dict[str, object]:
        """`comparison.samples`."""
        return {
            "paired": self.paired,
            "only_baseline": self.only_baseline,
            "only_candidate": self.only_candidate,
            "total": self.total,
            "undecided": self.undecided,
            "skipped": self.skipped,
            "same_passed": self.same_passed,
            "same_failed": self.same_failed,
            "broke_count": self.broke_count,
            "fixed_count": self.fixed_count,
            "broke": [sample.to_dict() for sample in self.broke],
            "fixed": [sample.to_dict() for sample in self.fixed],
            "only_baseline_ids": list(self.only_baseline_ids),
            "only_candidate_ids": list(self.only_candidate_ids),
            "listed_at_most": self.listed,
            "other_input": self.other_input,
            "other_expected": self.other_expected,
            "groups": self.groups,
        }


def load_samples(query: Query, params: Params, group: str) -> SampleTable:
    """Both runs' samples."""
    asked = {**params, "group": group}
    table = query.query(statement("investigate/compare/samples"), asked)
    columns = columns_of(table)
    return SampleTable(
        stage=cast("list[str | None]", columns["stage"]),
        sample_id=cast("list[str]", columns["sample_id"]),
        in_baseline=cast("list[bool]", columns["in_baseline"]),
        in_candidate=cast("list[bool]", columns["in_candidate"]),
        baseline=cast("list[str | None]", columns["baseline"]),
        candidate=cast("list[str | None]", columns["candidate"]),
        group=cast("list[str | None]", columns["grouping"]),
        has_retrieval=True in columns["has_retrieval"],
        redacted=columns["redacted"].count(True),
        other_input=columns["other_input"].count(True),
        other_expected=columns["other_expected"].count(True),
    )


def columns_of(table: "pa.Table") -> dict[str, list[object]]:
    """Each column as a list, by its name."""
    return {
        name: cast("list[object]", table.column(name).to_pylist()) for name in table.column_names
    }


def changes_of(
    table: SampleTable, *, losses: Mapping[Place, float], listed: int | None
) -> SampleChanges:
    """Who broke, who was fixed, who is on one side alone.

    losses: how far a sample's scores fell, for putting the worst first; samples that are not in it come last.
    """
    both = [
        index
        for index in range(len(table))
        if table.in_baseline[index] and table.in_candidate[index]
    ]
    broke = [index for index in both if _turned(table.baseline[index], table.candidate[index])]
    fixed = [index for index in both if _turned(table.candidate[index], table.baseline[index])]
    only = [
        [table.sample_id[i] for i in range(len(table)) if here[i] and not there[i]]
        for here, there in (
            (table.in_baseline, table.in_candidate),
            (table.in_candidate, table.in_baseline),
        )
    ]
    statuses = [(table.baseline[index], table.candidate[index]) for index in both]
    groups = {group for group in table.group if group is not None}
    return SampleChanges(
        paired=len(both),
        only_baseline=len(only[0]),
        only_candidate=len(only[1]),
        undecided=sum(before is None or after is None for before, after in statuses),
        skipped=sum(before in JUDGED and after == "skipped" for before, after in statuses),
        same_passed=sum(before == after == "passed" for before, after in statuses),
        same_failed=sum(before in FAILED and after in FAILED for before, after in statuses),
        broke_count=len(broke),
        fixed_count=len(fixed),
        broke=_worst(table, broke, losses, listed),
        fixed=_worst(table, fixed, losses, listed),
        only_baseline_ids=tuple(only[0][:listed]),
        only_candidate_ids=tuple(only[1][:listed]),
        listed=listed,
        has_retrieval=table.has_retrieval,
        other_input=table.other_input,
        other_expected=table.other_expected,
        groups=len(groups) or None,
    )


def described(query: Query, params: Params, changes: SampleChanges) -> SampleChanges:
    """The same with slices, tags and outputs of the samples it lists."""
    listed = sorted({each.sample_id for each in (*changes.broke, *changes.fixed)})
    if not listed:
        return changes
    asked = {**params, "samples": listed}
    rows = rows_of(query.query(statement("investigate/compare/sample_details"), asked))
    told = {(row["run_id"], row["stage"], row["sample_id"]): row for row in rows}

    def full(each: ChangedSample) -> ChangedSample:
        before, after = (
            told.get((params[side], each.stage, each.sample_id), {})
            for side in ("baseline", "candidate")
        )
        slices = {*(before.get("slices") or ()), *(after.get("slices") or ())}
        return replace(
            each,
            slices=tuple(sorted(slices)),
            failure_tags=tuple(
                sorted(after.get("failure_tags") or before.get("failure_tags") or ())
            ),
            baseline_output=None if before.get("redacted") else before.get("output_summary"),
            candidate_output=None if after.get("redacted") else after.get("output_summary"),
        )

    return replace(
        changes,
        broke=tuple(full(each) for each in changes.broke),
        fixed=tuple(full(each) for each in changes.fixed),
    )


def _turned(from_status: str | None, to_status: str | None) -> bool:
    return from_status == "passed" and to_status in FAILED


def _worst(
    table: SampleTable, indices: Sequence[int], losses: Mapping[Place, float], listed: int | None
) -> tuple[ChangedSample, ...]:
    """Errors first, then those whose scores moved furthest, then by id."""

    def order(index: int) -> tuple[bool, float, str]:
        place = (table.stage[index], table.sample_id[index])
        errors = "error" in (table.baseline[index], table.candidate[index])
        return (not errors, -abs(losses.get(place, 0.0)), table.sample_id[index])

    return tuple(
        ChangedSample(
            table.sample_id[index],
            table.stage[index],
            table.baseline[index],
            table.candidate[index],
        )
        for index in sorted(indices, key=order)[:listed]
    )
