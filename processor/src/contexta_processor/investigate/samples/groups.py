"""Where do a run's samples fail: by failure tag, by slice, by batch?"""

from dataclasses import dataclass
from typing import Final, Literal

from contexta_processor.base.query import Query
from contexta_processor.base.statement import statement
from contexta_processor.investigate.results import Row, Rows, rows_of
from contexta_processor.investigate.samples.listing import EVERY, Picked

By = Literal["tag", "slice", "batch"]
BY: Final[tuple[By, ...]] = ("tag", "slice", "batch")


@dataclass(frozen=True)
class Group:
    """Samples that share a tag, slice or batch; named None: those of none.

    judged: of how many it is known whether they failed. rate: the share of them that failed, from 0 to 1; of a tag, its share
    of all judged samples of the run. None where nothing is known.
    """

    named: str | None
    samples: int
    failed: int
    passed: int
    skipped: int
    unknown: int
    rate: float | None
    examples: tuple[str, ...]

    @property
    def judged(self) -> int:
        """Failed and passed ones."""
        return self.failed + self.passed

    def to_dict(self) -> dict[str, object]:
        """One element of `groups`."""
        return {
            "group": self.named,
            "samples": self.samples,
            "failed": self.failed,
            "passed": self.passed,
            "skipped": self.skipped,
            "unknown": self.unknown,
            "rate": self.rate,
            "examples": list(self.examples),
        }


@dataclass(frozen=True)
class SampleGroups:
    """Groups by number of failures, and `whole`: all samples, each counted once."""

    run_id: str
    by: By
    groups: tuple[Group, ...]
    whole: Group

    def to_dict(self) -> dict[str, object]:
        """`{"groups": […]}`."""
        return {
            "run_id": self.run_id,
            "by": self.by,
            "groups": [group.to_dict() for group in self.groups],
            "whole": self.whole.to_dict(),
        }

    def rows(self) -> Rows:
        """One row per group."""
        counts = ("samples", "failed", "passed", "skipped", "unknown")
        return Rows(
            (self.by, *counts, "rate", "examples"),
            [
                (
                    group.named,
                    *(getattr(group, name) for name in counts),
                    group.rate,
                    ", ".join(group.examples),
                )
                for group in self.groups
            ],
            {**dict.fromkeys(counts, "integer"), self.by: "text", "rate": "number"},
        )


def group_samples(query: Query, run_id: str, by: By, picked: Picked = EVERY) -> SampleGroups:
    """Failures of a run's samples by failure tag, slice or batch.

    Raises: ContextaError with Exit.UNDECIDED as `list_samples` does.
    """
    given = {**picked.params(run_id), "by": by}
    rows = rows_of(query.query(statement("investigate/samples/groups"), given))
    wholes = [row for row in rows if row["whole"]]
    whole = _group(wholes[0], None) if wholes else Group(None, 0, 0, 0, 0, 0, None, ())
    if not whole.samples:
        picked.require_known(query, run_id)
    base = whole.judged if by == "tag" else None
    groups = [_group(row, base) for row in rows if not row["whole"]]
    if by == "tag":  # samples without a tag are a group only where they failed without one
        groups = [group for group in groups if group.named is not None or group.failed]
    return SampleGroups(run_id, by, tuple(groups), whole)


def _group(row: Row, base: int | None) -> Group:
    judged = row["failed"] + row["passed"] if base is None else base
    counts = {name: row[name] for name in ("samples", "failed", "passed", "skipped", "unknown")}
    return Group(
        named=row["named"],
        **counts,
        rate=row["failed"] / judged if judged else None,
        examples=tuple(row["examples"]),
    )
