"""What became of each sample from one run to the next."""

from dataclasses import dataclass

from contexta_processor.base.query import Params, Query
from contexta_processor.base.statement import statement
from contexta_processor.investigate.results import Row, rows_of

FAILED = frozenset({"failed", "error"})


@dataclass(frozen=True)
class ChangedSample:
    """A sample that passes on one side and fails on the other."""

    sample_id: str
    stage: str | None
    slices: tuple[str, ...]
    failure_tags: tuple[str, ...]

    def to_dict(self) -> dict[str, object]:
        """One element of `broke` or `fixed`."""
        return {
            "sample_id": self.sample_id,
            "stage": self.stage,
            "slices": list(self.slices),
            "failure_tags": list(self.failure_tags),
        }


@dataclass(frozen=True)
class SampleChanges:
    """Samples matched by id within their stage.

    undecided: paired samples of which one side didn't say whether they passed: neither broke nor fixed.
    """

    paired: int
    only_baseline: int
    only_candidate: int
    undecided: int
    broke: tuple[ChangedSample, ...]
    fixed: tuple[ChangedSample, ...]
    has_retrieval: bool

    def to_dict(self) -> dict[str, object]:
        """`comparison.samples`."""
        return {
            "paired": self.paired,
            "only_baseline": self.only_baseline,
            "only_candidate": self.only_candidate,
            "undecided": self.undecided,
            "broke": [sample.to_dict() for sample in self.broke],
            "fixed": [sample.to_dict() for sample in self.fixed],
        }


def compare_samples(query: Query, params: Params) -> SampleChanges:
    """Pair the samples of two runs."""
    rows = rows_of(query.query(statement("investigate/compare/samples"), params))
    both = [row for row in rows if row["in_baseline"] and row["in_candidate"]]
    return SampleChanges(
        paired=len(both),
        only_baseline=sum(not row["in_candidate"] for row in rows),
        only_candidate=sum(not row["in_baseline"] for row in rows),
        undecided=sum(row["baseline"] is None or row["candidate"] is None for row in both),
        broke=tuple(_changed(row) for row in both if _turned(row["baseline"], row["candidate"])),
        fixed=tuple(_changed(row) for row in both if _turned(row["candidate"], row["baseline"])),
        has_retrieval=any(row["has_retrieval"] for row in rows),
    )


def _turned(from_status: str | None, to_status: str | None) -> bool:
    return from_status == "passed" and to_status in FAILED


def _changed(row: Row) -> ChangedSample:
    return ChangedSample(
        row["sample_id"], row["stage"], tuple(row["slices"] or ()), tuple(row["failure_tags"] or ())
    )
