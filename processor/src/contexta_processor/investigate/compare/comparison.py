"""What changed between two runs, and may the two be compared at all?

Δ is candidate − baseline throughout. Missing is never 0 and never fine: a figure one side lacks, or
that comes from a stage only one side finished, is not comparable, and says so.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from contexta_processor.base.errors import ContextaError, Exit
from contexta_processor.base.query import Params, Query
from contexta_processor.base.statement import statement
from contexta_processor.investigate.compare.conditions import (
    Conditions,
    Difference,
    compare_conditions,
)
from contexta_processor.investigate.compare.findings import Finding, next_steps, notable_findings
from contexta_processor.investigate.compare.metrics import MetricDelta, compare_metrics
from contexta_processor.investigate.compare.samples import SampleChanges, compare_samples
from contexta_processor.investigate.compare.stages import Stages, compare_stages
from contexta_processor.investigate.results import Row, Rows, rows_of, whole

Comparable = Literal["comparable", "limited", "not_comparable"]


@dataclass(frozen=True)
class Reason:
    """Something that limits a comparison: `code` for programs, `detail` for people."""

    code: str
    detail: str


@dataclass(frozen=True)
class Comparison:
    """The answer to `contexta compare`. See `to_dict` for its public shape."""

    baseline_run: str
    candidate_run: str
    comparability: Comparable
    reasons: tuple[Reason, ...]
    metrics: tuple[MetricDelta, ...]
    samples: SampleChanges
    stages: Stages
    first_stage_moved: str | None
    differences: tuple[Difference, ...]
    degraded: tuple[Mapping[str, Any], ...]
    findings: tuple[Finding, ...]
    next_steps: tuple[str, ...]

    @property
    def summary(self) -> dict[str, float | int]:
        """`<metric>_delta[_unit]` for each whole-run figure that can be compared."""
        return summary_of(self.metrics)

    def to_dict(self) -> dict[str, object]:
        """Document 8 with what the surface contract adds to it."""
        return {
            "comparison": {
                "baseline_run": self.baseline_run,
                "candidate_run": self.candidate_run,
                "comparability": {
                    "verdict": self.comparability,
                    "reasons": [
                        {"code": each.code, "detail": each.detail} for each in self.reasons
                    ],
                },
                "summary": self.summary,
                "metrics": [each.to_dict() for each in self.metrics],
                "samples": self.samples.to_dict(),
                "first_stage_moved": self.first_stage_moved,
                "differences": [each.to_dict() for each in self.differences],
                "degraded_evidence": [dict(each) for each in self.degraded],
                "notable_findings": list(self.findings),
                "recommended_next_steps": list(self.next_steps),
            }
        }

    def rows(self) -> Rows:
        """The metrics table."""
        columns = (
            "metric", "scope", "stage", "operation", "slice", "aggregation", "unit", "baseline", "candidate",
            "delta", "n", "verdict", "method",
        )  # fmt: skip
        return Rows(
            columns,
            [
                (
                    each.name, each.scope, each.stage, each.operation, each.slice, each.aggregation, each.unit,
                    whole(each.baseline), whole(each.candidate), whole(each.delta), each.n, each.verdict, each.method,
                )
                for each in self.metrics
            ],
        )  # fmt: skip


def compare_runs(query: Query, baseline: str, candidate: str) -> Comparison:
    """Compare two runs by id.

    Raises: ContextaError with Exit.UNDECIDED if there is no such run.
    """
    params = {"baseline": baseline, "candidate": candidate}
    runs = _runs(query, params)
    stages = compare_stages(query, params)
    metrics = compare_metrics(query, params, stages)
    samples = compare_samples(query, params)
    conditions = compare_conditions(query, params)
    degraded = _degraded(query, params)
    findings = notable_findings(metrics, stages, samples, conditions.growth, degraded)
    verdict, reasons = _comparability(runs, stages, metrics, samples, conditions, degraded)
    return Comparison(
        baseline_run=baseline,
        candidate_run=candidate,
        comparability=verdict,
        reasons=reasons,
        metrics=metrics,
        samples=samples,
        stages=stages,
        first_stage_moved=_first_moved(stages, metrics),
        differences=conditions.differences,
        degraded=degraded,
        findings=tuple(findings),
        next_steps=tuple(
            next_steps(findings, has_retrieval=samples.has_retrieval, runs=(baseline, candidate))
        ),
    )


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


def _runs(query: Query, params: Params) -> dict[str, Row]:
    found = {
        row["run_id"]: row
        for row in rows_of(query.query(statement("investigate/compare/runs"), params))
    }
    for side in ("baseline", "candidate"):
        if params[side] not in found:
            raise ContextaError(
                f"there is no run {params[side]}",
                cause="no evidence carries this run id",
                hint="contexta runs",
                exit_code=Exit.UNDECIDED,
            )
    return {side: found[str(params[side])] for side in ("baseline", "candidate")}


def _degraded(query: Query, params: Params) -> tuple[Mapping[str, Any], ...]:
    """Warnings and errors about either side's evidence, the candidate's first."""
    rows = rows_of(query.query(statement("investigate/compare/degraded"), params))
    names = {params["candidate"]: "candidate", params["baseline"]: "baseline"}
    kept = ("stage", "reason", "category", "severity", "detail", "count")
    told = [{"side": names[row["run_id"]], **{name: row[name] for name in kept}} for row in rows]
    return tuple(sorted(told, key=lambda each: each["side"] != "candidate"))


def _first_moved(stages: Stages, metrics: Sequence[MetricDelta]) -> str | None:
    """The first stage, in pipeline order, whose status or figures are not what they were."""
    moved = {each.stage for each in metrics if each.moved}
    for pair in stages.pairs:
        if pair.stage in moved or pair.baseline != pair.candidate:
            return pair.stage
    return None


def _comparability(
    runs: Mapping[str, Row],
    stages: Stages,
    metrics: Sequence[MetricDelta],
    samples: SampleChanges,
    conditions: Conditions,
    degraded: Sequence[Mapping[str, Any]],
) -> tuple[Comparable, tuple[Reason, ...]]:
    reasons = [
        *_run_reasons(runs),
        *(Reason("stage_not_whole", pair.obstacle) for pair in stages.pairs if pair.obstacle),
        *_sample_reasons(samples),
        *(
            Reason(
                "different_data",
                f"{each.key}: {each.baseline or 'none'} and {each.candidate or 'none'}",
            )
            for each in conditions.differences
            if each.limits
        ),
        *_evidence_reasons(runs, degraded),
    ]
    if not any(each.comparable for each in metrics):
        what = "no figure can be compared" if metrics else "neither run has a metric or a score"
        return "not_comparable", (Reason("nothing_comparable", what), *reasons)
    return ("limited" if reasons else "comparable"), tuple(reasons)


def _run_reasons(runs: Mapping[str, Row]) -> list[Reason]:
    before, after = runs["baseline"], runs["candidate"]
    found = [
        Reason(
            f"different_{field}", f"{before[column] or 'unknown'} and {after[column] or 'unknown'}"
        )
        for field, column in (("project", "project"), ("run_type", "run_type"))
        if before[column] != after[column]
    ]
    found += [
        Reason(f"{side}_not_completed", f"{run['run_id']} is {run['status']}")
        for side, run in runs.items()
        if run["status"] != "completed"
    ]
    return found


def _sample_reasons(samples: SampleChanges) -> list[Reason]:
    if not samples.only_baseline and not samples.only_candidate:
        return []
    detail = (
        f"{samples.paired} samples are in both, {samples.only_baseline} only in the baseline, "
        f"{samples.only_candidate} only in the candidate"
    )
    return [Reason("different_samples", detail)]


def _evidence_reasons(
    runs: Mapping[str, Row], degraded: Sequence[Mapping[str, Any]]
) -> list[Reason]:
    found = [
        Reason(
            f"{side}_evidence_{run['completeness']}",
            f"what is known of {run['run_id']} is {run['completeness']}",
        )
        for side, run in runs.items()
        if run["completeness"] != "complete"
    ]
    found += [
        Reason(f"no_{what}_record", f"{run['run_id']} has no {what} record")
        for run in runs.values()
        for what in ("environment", "configuration")
        if not run[f"has_{what}"]
    ]
    told = sorted({f"{each['side']}: {each['reason']}" for each in degraded})
    return found + [Reason("degraded_evidence", each) for each in told]
