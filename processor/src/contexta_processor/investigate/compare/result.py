"""The answer to what changed between two runs.

Δ is candidate − baseline throughout. Missing is never 0 and never fine: a figure one side lacks, or
that comes from a stage only one side finished, is not comparable, and says so.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from contexta_processor.investigate.compare.artifacts import ArtifactChange
from contexta_processor.investigate.compare.degraded import Degraded
from contexta_processor.investigate.compare.differences import Difference, Unknown
from contexta_processor.investigate.compare.durations import DurationDelta
from contexta_processor.investigate.compare.fairness import Reason
from contexta_processor.investigate.compare.findings import Finding
from contexta_processor.investigate.compare.metrics import MetricDelta
from contexta_processor.investigate.compare.moved import StageMoved
from contexta_processor.investigate.compare.overall import Overall
from contexta_processor.investigate.compare.samples import SampleChanges
from contexta_processor.investigate.compare.stages import Stages
from contexta_processor.investigate.compare.steps import Step
from contexta_processor.investigate.results import Rows, whole

Comparable = Literal["comparable", "limited", "not_comparable"]

COLUMNS = (
    "metric", "scope", "stage", "operation", "slice", "aggregation", "unit", "baseline", "candidate", "delta",
    "low", "high", "confidence_level", "p", "q", "n", "n_needed", "margin", "verdict", "method",
)  # fmt: skip


@dataclass(frozen=True)
class Comparison:
    """The answer to `contexta compare`. See `to_dict` for its public shape."""

    baseline_run: str
    candidate_run: str
    overall: Overall
    comparability: Comparable
    reasons: tuple[Reason, ...]
    metrics: tuple[MetricDelta, ...]
    samples: SampleChanges
    stages: Stages
    durations: tuple[DurationDelta, ...]
    moved: StageMoved | None
    differences: tuple[Difference, ...]
    unknown: tuple[Unknown, ...]
    artifacts: tuple[ArtifactChange, ...]
    degraded: tuple[Degraded, ...]
    findings: tuple[Finding, ...]
    steps: tuple[Step, ...]
    confidence: float

    @property
    def first_stage_moved(self) -> str | None:
        """The first stage in pipeline order whose evidence moved."""
        return self.moved.stage if self.moved else None

    @property
    def next_steps(self) -> tuple[str, ...]:
        """What to do, in sentences."""
        return tuple(step.sentence for step in self.steps)

    @property
    def summary(self) -> dict[str, float | int]:
        """`<metric>_delta[_unit]` for each whole-run figure that can be compared."""
        return summary_of(self.metrics)

    def to_dict(self) -> dict[str, object]:
        """Document 8 with what the surface contract adds to it."""
        return {"comparison": self.document()}

    def document(self) -> dict[str, object]:
        """What `comparison` holds."""
        return {
            "baseline_run": self.baseline_run,
            "candidate_run": self.candidate_run,
            "overall": self.overall.to_dict(),
            "comparability": {
                "verdict": self.comparability,
                "reasons": [each.to_dict() for each in self.reasons],
            },
            "confidence_level": self.confidence,
            "summary": self.summary,
            "metrics": [each.to_dict() for each in self.metrics],
            "samples": self.samples.to_dict(),
            "stages": [each.to_dict() for each in self.stages.pairs],
            "durations": [each.to_dict() for each in self.durations],
            "first_stage_moved": self.first_stage_moved,
            "first_stage_moved_because": self.moved.to_dict() if self.moved else None,
            "differences": [each.to_dict() for each in self.differences],
            "unknown_conditions": [each.to_dict() for each in self.unknown],
            "artifacts": [each.to_dict() for each in self.artifacts],
            "degraded_evidence": [each.to_dict() for each in self.degraded],
            "notable_findings": list(self.findings),
            "recommended_next_steps": list(self.next_steps),
            "next_steps": [each.to_dict() for each in self.steps],
        }

    def rows(self) -> Rows:
        """The figures, each with its place, interval and verdict."""
        return Rows(COLUMNS, [_row(each) for each in self.metrics])


def _row(each: MetricDelta) -> tuple[object, ...]:
    low, high = each.interval or (None, None)
    return (
        each.name, each.scope, each.stage, each.operation, each.slice, each.aggregation, each.unit,
        whole(each.baseline), whole(each.candidate), whole(each.delta), whole(low), whole(high),
        each.confidence_level, each.p, each.q, each.n, each.n_needed, whole(each.margin), each.verdict, each.method,
    )  # fmt: skip


def summary_of(metrics: Sequence[MetricDelta]) -> dict[str, float | int]:
    """Deltas of whole-run figures by `<metric>_delta[_unit]`.

    Figures of scope run, and of scope stage where the name is used in one stage alone and by no figure of
    scope run; an aggregation other than last or mean is part of the name. Not comparable: not in it.
    """
    whole_run = [each for each in metrics if each.slice is None and each.scope == "run"]
    names = {each.name for each in whole_run}
    staged = [each for each in metrics if each.slice is None and each.scope == "stage"]
    used = Counter((each.name, each.aggregation) for each in staged)
    whole_run += [
        each for each in staged if each.name not in names and used[each.name, each.aggregation] == 1
    ]
    return {
        _summary_key(each): delta
        for each in sorted(whole_run, key=_summary_key)
        if (delta := whole(each.delta)) is not None
    }


def _summary_key(metric: MetricDelta) -> str:
    name, aggregation = metric.name, metric.aggregation
    if aggregation not in (None, "last", "mean") and not name.endswith(f"_{aggregation}"):
        name = f"{name}_{aggregation}"
    unit = re.sub(r"\W+", "_", (metric.unit or "").replace("%", "percent")).strip("_")
    return f"{name}_delta_{unit}" if unit and unit != "1" else f"{name}_delta"
