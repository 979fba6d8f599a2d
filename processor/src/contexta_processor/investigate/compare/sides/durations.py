"""Did stages and operations take longer over the runs of a side? Held against the spread between runs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from contexta_processor.base.query import Query
from contexta_processor.base.statement import statement
from contexta_processor.investigate.compare.durations import Verdict
from contexta_processor.investigate.compare.metrics import rounded
from contexta_processor.investigate.compare.sides.members import Members
from contexta_processor.investigate.compare.sides.stages import SideStages
from contexta_processor.investigate.results import rows_of, whole

if TYPE_CHECKING:
    from contexta_processor.investigate.statistics.estimates import Estimate

Milliseconds = Mapping[str, float]


@dataclass(frozen=True)
class DurationOverRuns:
    """How long a stage took in each run (all completed attempts), or an operation (its median), in ms.

    estimate: of the difference of the sides' means; None where too few runs have it.
    """

    scope: Literal["stage", "operation"]
    stage: str | None
    operation: str | None
    baseline: Milliseconds
    candidate: Milliseconds
    estimate: "Estimate | None"
    errors_delta: int | None = None
    p95_delta: float | None = None

    @property
    def p50_delta(self) -> float | None:
        """Difference of the means over runs in milliseconds; None where a side has none."""
        means = self.means
        return None if means[0] is None or means[1] is None else rounded(means[1] - means[0])

    @property
    def means(self) -> tuple[float | None, float | None]:
        """The mean over the runs of either side, None where none has it."""
        told = [
            sum(side.values()) / len(side) if side else None
            for side in (self.baseline, self.candidate)
        ]
        return told[0], told[1]

    @property
    def verdict(self) -> Verdict | None:
        """Slower or faster where the runs show it, None where too few runs have it."""
        if self.estimate is None:
            return None
        from contexta_processor.investigate.statistics.verdicts import judged

        word = judged(self.estimate, higher_is_better=False, margin=0.0)
        return "slower" if word == "worse" else "faster" if word == "better" else "inconclusive"

    def to_dict(self) -> dict[str, object]:
        """One element of `comparison.durations`."""
        found, means = self.estimate, self.means
        return {
            "scope": self.scope,
            "stage": self.stage,
            "operation": self.operation,
            "baseline_ms": whole(means[0]),
            "candidate_ms": whole(means[1]),
            "delta_ms": whole(self.p50_delta),
            "interval_ms": [rounded(found.low), rounded(found.high)] if found else None,
            "confidence_level": found.confidence if found else None,
            "n_runs": [len(self.baseline), len(self.candidate)],
            "method": found.method if found else "too few runs have it",
            "verdict": self.verdict,
        }


def compare_side_durations(
    query: Query, members: Members, stages: SideStages, *, confidence: float
) -> tuple[DurationOverRuns, ...]:
    """Stages in pipeline order, then operations by stage and name."""
    asked = {"runs": list(members.runs)}
    rows = rows_of(query.query(statement("investigate/compare/sides/operations"), asked))
    operations: dict[tuple[str | None, str], dict[str, float]] = {}
    for row in rows:
        if row["p50"] is not None:
            place = operations.setdefault((row["stage"], row["operation"]), {})
            place[row["run_id"]] = row["p50"]
    return tuple(_durations(stages, operations, members, confidence))


def _durations(
    stages: SideStages,
    operations: Mapping[tuple[str | None, str], Milliseconds],
    members: Members,
    confidence: float,
) -> Iterator[DurationOverRuns]:
    for each in stages.over_runs:
        known = {run: took for run, took in each.durations.items() if took is not None}
        yield _duration("stage", each.stage, None, known, members, confidence)
    for (stage, operation), took in operations.items():
        yield _duration("operation", stage, operation, took, members, confidence)


def _duration(
    scope: Literal["stage", "operation"],
    stage: str | None,
    operation: str | None,
    took: Milliseconds,
    members: Members,
    confidence: float,
) -> DurationOverRuns:
    before, after = (
        {run: took[run] for run in side.runs if run in took}
        for side in (members.baseline, members.candidate)
    )
    estimate = None
    if before and after:
        from contexta_processor.investigate.statistics.runs import runs_difference

        estimate = runs_difference(
            list(before.values()), list(after.values()), confidence=confidence
        )
    return DurationOverRuns(scope, stage, operation, before, after, estimate)
