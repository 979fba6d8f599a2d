"""What a reader should look at first in a comparison, ranked. Made from its parts alone."""

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from contexta_processor.investigate.compare.artifacts import ArtifactChange
from contexta_processor.investigate.compare.conditions import Growth
from contexta_processor.investigate.compare.degraded import Degraded
from contexta_processor.investigate.compare.metrics import MetricDelta, distinct
from contexta_processor.investigate.compare.samples import SampleChanges
from contexta_processor.investigate.compare.stages import Stages
from contexta_processor.investigate.results import whole

Finding = dict[str, Any]

NOTABLE_GROWTH_PERCENT = 10.0
NOTABLE_DELAY_MS = 1.0
"""An operation that takes microseconds longer is not what a reader should look at first."""


class Took(Protocol):
    """A stage or an operation on two sides; differences in milliseconds, None where there is none."""

    @property
    def scope(self) -> str: ...
    @property
    def stage(self) -> str | None: ...
    @property
    def operation(self) -> str | None: ...
    @property
    def verdict(self) -> str | None: ...
    @property
    def errors_delta(self) -> int | None: ...
    @property
    def p50_delta(self) -> float | None: ...
    @property
    def p95_delta(self) -> float | None: ...


def notable_findings(
    *,
    metrics: Sequence[MetricDelta],
    stages: Stages,
    samples: SampleChanges,
    growth: Iterable[Growth],
    artifacts: Iterable[ArtifactChange],
    durations: Iterable[Took],
    degraded: Iterable[Degraded],
) -> list[Finding]:
    """In this order: stages that differ in how whole they are; what got worse, the furthest first; figures that are
    gone; differences against the candidate that are large and undecided; samples that broke; samples it skipped;
    operations that fail more often or take longer; artifacts that are gone, grew or shrank; degraded evidence; and what
    got better."""
    told = distinct(metrics)
    return [
        *_stage_findings(stages),
        *_moved(told, "worse"),
        *_gone(told),
        *_undecided(told),
        *_broke(samples),
        *_skipped(samples),
        *_durations(durations),
        *_removed(artifacts),
        *_growth(growth),
        *(_degraded(each) for each in degraded),
        *_moved(told, "better"),
    ]


def relative(metric: MetricDelta) -> float:
    """How large a difference is against the baseline's figure; against 1 where that is 0."""
    return abs(metric.delta or 0.0) / (abs(metric.baseline or 0.0) or 1.0)


def _stage_findings(stages: Stages) -> list[Finding]:
    return [
        {
            "type": "stage_not_whole",
            "stage": pair.stage,
            "baseline": pair.baseline,
            "candidate": pair.candidate,
        }
        for pair in stages.pairs
        if pair.obstacle
    ]


def _moved(metrics: Iterable[MetricDelta], verdict: str) -> list[Finding]:
    return _by_size(each for each in metrics if each.verdict == verdict)


def _undecided(metrics: Sequence[MetricDelta]) -> list[Finding]:
    """Losses beyond the margin that could not be decided: without an interval, or of a whole figure (among many
    slices some always are). A decided row of the same name and slice says it already."""
    decided = {(each.name, each.slice) for each in metrics if each.verdict == "worse"}
    return _by_size(
        each
        for each in metrics
        if each.verdict == "inconclusive"
        and each.losing
        and each.beyond_margin
        and (each.interval is None or each.slice is None or each.withheld)
        and (each.name, each.slice) not in decided
    )


def _by_size(metrics: Iterable[MetricDelta]) -> list[Finding]:
    """Each name and slice once: a figure that was reported goes before the one made from sample scores."""
    found: dict[tuple[str, str | None], MetricDelta] = {}
    for each in metrics:
        found.setdefault((each.name, each.slice), each)
    ordered = sorted(
        found.values(), key=lambda each: (-relative(each), each.name, each.slice or "")
    )
    return [_movement(each) for each in ordered]


def _movement(each: MetricDelta) -> Finding:
    kind = "improvement" if each.verdict == "better" else "regression"
    told = {
        "metric": each.name,
        "delta": whole(each.delta),
        "verdict": each.verdict,
        "stage": each.stage,
        "interval": None if each.interval is None else [whole(end) for end in each.interval],
    }
    if each.slice is not None:
        return {"type": f"slice_{kind}", "slice": each.slice, **told}
    return {"type": f"metric_{kind}", "scope": each.scope, **told}


def _gone(metrics: Iterable[MetricDelta]) -> list[Finding]:
    gone: dict[str, Finding] = {}
    for each in metrics:
        if each.missing_side == "candidate":
            gone.setdefault(
                each.name, {"type": "metric_missing", "metric": each.name, "side": "candidate"}
            )
    return list(gone.values())


def _broke(samples: SampleChanges) -> list[Finding]:
    if not samples.broke_count:
        return []
    slices = sorted({name for sample in samples.broke for name in sample.slices})
    return [
        {
            "type": "samples_broke",
            "count": samples.broke_count,
            "fixed": samples.fixed_count,
            "slices": slices,
        }
    ]


def _skipped(samples: SampleChanges) -> list[Finding]:
    return [{"type": "samples_skipped", "count": samples.skipped}] if samples.skipped else []


def _durations(durations: Iterable[Took]) -> list[Finding]:
    found: list[Finding] = []
    for each in durations:
        told = {"scope": each.scope, "stage": each.stage, "operation": each.operation}
        if each.errors_delta and each.errors_delta > 0:
            found.append({"type": "more_errors", **told, "errors_delta": each.errors_delta})
        if each.verdict == "slower" and _delay(each) >= NOTABLE_DELAY_MS:
            found.append(
                {
                    "type": "slower",
                    **told,
                    "p50_delta_ms": whole(each.p50_delta),
                    "p95_delta_ms": whole(each.p95_delta),
                }
            )
    return found


def _delay(each: Took) -> float:
    """The larger of what the median and the 95th percentile gained, in ms."""
    return max(each.p50_delta or 0.0, each.p95_delta or 0.0)


def _removed(artifacts: Iterable[ArtifactChange]) -> list[Finding]:
    return [
        {"type": "artifact_missing", "artifact": each.artifact_id, "kind": each.kind}
        for each in artifacts
        if each.change == "removed" and each.role == "produced"
    ]


def _growth(growth: Iterable[Growth]) -> list[Finding]:
    return [
        {
            "type": "artifact_growth" if each.size_delta_percent > 0 else "artifact_shrinkage",
            "artifact": each.artifact,
            "size_delta_percent": each.size_delta_percent,
        }
        for each in growth
        if abs(each.size_delta_percent) >= NOTABLE_GROWTH_PERCENT
    ]


def _degraded(each: Degraded) -> Finding:
    return {
        "type": "degraded_evidence",
        "stage": each.stage,
        "reason": each.reason,
        "category": each.category,
        "side": each.side,
        "severity": each.severity,
    }
