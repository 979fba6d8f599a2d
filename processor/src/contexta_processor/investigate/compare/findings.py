"""What a reader should look at first in a comparison, and what to do next. Made from its parts alone."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from contexta_processor.investigate.compare.conditions import Growth
from contexta_processor.investigate.compare.metrics import MetricDelta
from contexta_processor.investigate.compare.samples import SampleChanges
from contexta_processor.investigate.compare.stages import Stages

Finding = dict[str, Any]

NOTABLE_GROWTH_PERCENT = 10.0
_DOUBTS = {
    "redaction": "partial redaction",
    "sampling": "sampling",
    "transport": "lost telemetry",
    "interruption": "the interruption",
    "retention": "evidence that was removed",
}


def notable_findings(
    metrics: Sequence[MetricDelta],
    stages: Stages,
    samples: SampleChanges,
    growth: Iterable[Growth],
    degraded: Iterable[Mapping[str, Any]],
) -> list[Finding]:
    """Stages that differ in how whole they are, regressions (worst first), figures that are gone, samples
    that broke, artifacts that grew, degraded evidence of either side: in this order."""
    return [
        *_stage_findings(stages),
        *_regressions(metrics),
        *_gone(metrics),
        *_broke(samples),
        *(
            {
                "type": "artifact_growth" if each.size_delta_percent > 0 else "artifact_shrinkage",
                "artifact": each.artifact,
                "size_delta_percent": each.size_delta_percent,
            }
            for each in growth
            if abs(each.size_delta_percent) >= NOTABLE_GROWTH_PERCENT
        ),
        *(
            {
                "type": "degraded_evidence",
                "stage": each["stage"],
                "reason": each["reason"],
                "category": each["category"],
                "side": each["side"],
                "severity": each["severity"],
            }
            for each in degraded
        ),
    ]


def next_steps(
    findings: Iterable[Finding], *, has_retrieval: bool, runs: tuple[str, str]
) -> list[str]:
    """One sentence per kind of finding and subject, each once, in the order of the findings."""
    steps: dict[str, None] = {}
    for finding in findings:
        for step in _steps(finding, has_retrieval=has_retrieval, candidate=runs[1]):
            steps[step] = None
    return list(steps)


def doubt(finding: Finding) -> str:
    """What makes evidence doubtful, in words: by its category where that says it, else its reason."""
    return _DOUBTS.get(finding["category"]) or str(finding["reason"]).replace("_", " ")


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


def _regressions(metrics: Iterable[MetricDelta]) -> list[Finding]:
    """What got worse, decided (`worse`) or not (`inconclusive`); a figure that was reported goes before the
    same one made from sample scores."""
    found: dict[tuple[str, str | None], tuple[MetricDelta, Finding]] = {}
    for each in metrics:
        if each.losing and each.verdict in ("worse", "inconclusive"):
            found.setdefault((each.name, each.slice), (each, _regression(each)))
    ordered = sorted(
        found.values(), key=lambda one: (-relative(one[0]), one[0].name, one[0].slice or "")
    )
    return [finding for _, finding in ordered]


def _regression(each: MetricDelta) -> Finding:
    told = {"metric": each.name, "delta": each.delta, "verdict": each.verdict}
    if each.slice is not None:
        return {"type": "slice_regression", "slice": each.slice, **told}
    return {"type": "metric_regression", "scope": each.scope, **told}


def relative(metric: MetricDelta) -> float:
    """How large a difference is against the baseline's figure; against 1 where that is 0."""
    return abs(metric.delta or 0.0) / (abs(metric.baseline or 0.0) or 1.0)


def _gone(metrics: Iterable[MetricDelta]) -> list[Finding]:
    gone: dict[str, Finding] = {}
    for each in metrics:
        if each.baseline is not None and each.candidate is None:
            gone.setdefault(
                each.name, {"type": "metric_missing", "metric": each.name, "side": "candidate"}
            )
    return list(gone.values())


def _broke(samples: SampleChanges) -> list[Finding]:
    if not samples.broke:
        return []
    slices = sorted({name for sample in samples.broke for name in sample.slices})
    return [{"type": "samples_broke", "count": len(samples.broke), "slices": slices}]


def _steps(finding: Finding, *, has_retrieval: bool, candidate: str) -> list[str]:
    kind = finding["type"]
    if kind == "stage_not_whole":
        return [
            f"Find out why stage {finding['stage']} is {finding['candidate'] or 'missing'} in {candidate}."
        ]
    if kind == "slice_regression":
        steps = [f"Inspect failed {finding['slice']} samples."]
        if has_retrieval:
            steps.append(
                f"Compare retrieval outputs for prompts with {finding['metric']} regression."
            )
        return steps
    if kind == "metric_missing":
        return [f"Find out why {finding['metric']} was not measured in {candidate}."]
    if kind == "samples_broke":
        return [f"Inspect the samples that broke: contexta samples {candidate}."]
    if kind == "artifact_growth":
        return [f"Check whether the growth of {finding['artifact']} is meant."]
    if kind == "degraded_evidence":
        return [f"Review whether {doubt(finding)} limits promotion confidence."]
    return []
