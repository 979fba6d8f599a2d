"""May the two runs be held against each other, and what do their circumstances forbid concluding?

Asked before any difference is judged. Every doubt is a `Reason` with a stable code (docs/compare.md explains
each). Some forbid more than they say: a figure that was judged by another scorer is not comparable, and a verdict
that rests on samples of which an unknown part was lost is not given.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from contexta_processor.investigate.compare.degraded import Degraded, losses_in
from contexta_processor.investigate.compare.differences import Difference, Unknown
from contexta_processor.investigate.compare.metrics import MetricDelta
from contexta_processor.investigate.compare.runs import SIDES, ComparedRuns
from contexta_processor.investigate.compare.samples import SampleChanges, SampleTable
from contexta_processor.investigate.compare.scorers import (
    ScorerChange,
    sampling_changes,
    scorer_change,
)
from contexta_processor.investigate.compare.stages import Stages

Severity = Literal["info", "warning", "error"]
_TIME_UNITS = frozenset({"ms", "s", "us", "µs", "ns", "min", "h"})
_TIMED = re.compile(
    r"(^|[._-])(latency|duration|runtime|elapsed|seconds|throughput|qps|rps)($|[._-])",
    re.IGNORECASE,
)
_RECORDS = ("environment", "configuration")


@dataclass(frozen=True)
class Reason:
    """Something that limits a comparison: `code` for programs, `detail` for people.

    severity: info doesn't limit it, warning does, error forbids it in part. forbids: conclusions it rules out.
    """

    code: str
    detail: str
    severity: Severity = "warning"
    forbids: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, object]:
        """One element of `comparison.comparability.reasons`."""
        return {
            "code": self.code,
            "detail": self.detail,
            "severity": self.severity,
            "forbids": list(self.forbids),
        }


@dataclass(frozen=True)
class Fairness:
    """The reasons, and what follows for single figures.

    refused: why no figure at all can be compared. samples_lost, machines: why verdicts on samples, or on
    timings, are not given.
    """

    reasons: tuple[Reason, ...]
    scorers: ScorerChange = field(default_factory=lambda: ScorerChange({}, ()))
    refused: str | None = None
    samples_lost: str | None = None
    machines: str | None = None

    def obstacle(self, metric: str, scope: str) -> str | None:
        """Why a figure is not the same quantity on both sides; None: nothing says so."""
        if self.refused and scope != "deployment":
            return self.refused
        return self.scorers.obstacle(metric)

    def withholds(self, figure: MetricDelta) -> str | None:
        """Why a verdict on this figure is not given whatever its numbers say."""
        if self.samples_lost and figure.basis == "samples":
            return self.samples_lost
        timed = figure.unit in _TIME_UNITS or _TIMED.search(figure.name)
        return self.machines if self.machines and timed else None


@dataclass(frozen=True)
class Circumstances:
    """What fairness is judged by."""

    runs: ComparedRuns
    stages: Stages
    samples: SampleChanges
    table: SampleTable
    differences: Sequence[Difference]
    unknown: Sequence[Unknown]
    degraded: Sequence[Degraded]
    metrics: frozenset[str]
    scorers_told: Mapping[str, tuple[str | None, str | None]]


def judge_fairness(about: Circumstances) -> Fairness:
    """Every doubt about holding the two runs against each other, the gravest first."""
    scorers = scorer_change(about.differences, about.metrics, about.scorers_told)
    refused = data_refusal(about.samples, about.differences)
    lost = _samples_lost(about)
    machines = [each for each in about.differences if each.cause == "hardware"]
    reasons = [
        *(
            [Reason("different_data_and_samples", refused, "error", ("any verdict",))]
            if refused
            else []
        ),
        *_stages(about.stages),
        *scorer_reasons(scorers),
        *([Reason("samples_lost", lost, "error", ("a verdict on samples",))] if lost else []),
        *_runs(about.runs),
        *_data(about.differences),
        *_samples(
            about.samples, redacted=any(each.category == "redaction" for each in about.degraded)
        ),
        *_sampling(sampling_changes(about.differences)),
        *(_machine(each) for each in machines),
        *_platform(about.differences),
        *_evidence(about),
        *unknown_reasons(about.unknown),
    ]
    return Fairness(
        reasons=by_severity(reasons),
        scorers=scorers,
        refused=refused,
        samples_lost=lost,
        machines=_other_machines(machines),
    )


def by_severity(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    """The gravest first, else as they come."""
    order = ("error", "warning", "info")
    return tuple(sorted(reasons, key=lambda each: order.index(each.severity)))


def condition_reasons(
    differences: Sequence[Difference], sampling: Iterable[str]
) -> Iterable[Reason]:
    """Other data, sampling rates (in words), machines and platforms."""
    yield from _data(differences)
    yield from _sampling(sampling)
    yield from (_machine(each) for each in differences if each.cause == "hardware")
    yield from _platform(differences)


def data_refusal(samples: SampleChanges, differences: Iterable[Difference]) -> str | None:
    """Why nothing can be compared: other data, and not one sample in common."""
    if samples.paired or not (samples.only_baseline and samples.only_candidate):
        return None
    data = [each for each in differences if each.cause == "data" and each.limits]
    if not data:
        return None
    return f"measured on other data ({data[0].named}), and no sample is in both runs"


def _stages(stages: Stages) -> Iterable[Reason]:
    for pair in stages.pairs:
        if pair.obstacle:
            what = f"any verdict on figures of stage {pair.stage}"
            yield Reason("stage_not_whole", pair.obstacle, "error", (what,))


def scorer_reasons(scorers: ScorerChange) -> Iterable[Reason]:
    """Another judge: of everything that is judged, or of one metric."""
    for change in scorers.general:
        forbids = ("any verdict on judged scores",)
        yield Reason("different_scorer", change, "error", forbids)
    for metric, change in scorers.of.items():
        yield Reason(
            "different_scorer", f"{metric}: {change}", "error", (f"any verdict on {metric}",)
        )


def _samples_lost(about: Circumstances) -> str | None:
    """Losses where the sample sets differ: which samples are missing may not be chance."""
    samples = about.samples
    if not (samples.only_baseline or samples.only_candidate):
        return None
    lost = losses_in(about.degraded, frozenset({*about.table.stage, None}))
    short = {"baseline": samples.only_candidate, "candidate": samples.only_baseline}
    told = sorted({f"{each.reason} in the {each.side}" for each in lost if short[each.side]})
    return f"samples are missing where evidence was lost: {', '.join(told)}" if told else None


def _runs(runs: ComparedRuns) -> Iterable[Reason]:
    before, after = runs.baseline, runs.candidate
    for what, values in (
        ("project", (before.project, after.project)),
        ("run_type", (before.run_type, after.run_type)),
    ):
        if values[0] != values[1]:
            detail = f"{values[0] or 'unknown'} and {values[1] or 'unknown'}"
            yield Reason(f"different_{what}", f"{what.replace('_', ' ')}: {detail}")
    stages = (before.expected_stages, after.expected_stages)
    if None not in stages and set(stages[0] or ()) != set(stages[1] or ()):
        detail = " and ".join(", ".join(each or ()) or "none" for each in stages)
        yield Reason("different_expected_stages", f"expected stages: {detail}")
    for side in SIDES:
        run = runs.of(side)
        if run.status != "completed":
            detail = f"{run.run_id} is {run.status}"
            yield Reason(
                f"{side}_not_completed", detail, forbids=("calling what is absent unchanged",)
            )


def _data(differences: Iterable[Difference]) -> Iterable[Reason]:
    for each in differences:
        if each.cause == "data" and each.limits:
            forbids = ("putting a difference down to code or configuration alone",)
            yield Reason("different_data", each.named, forbids=forbids)


def _samples(samples: SampleChanges, *, redacted: bool) -> Iterable[Reason]:
    """redacted: text was removed on a side, so that other text says nothing about the samples."""
    if samples.only_baseline or samples.only_candidate:
        detail = (
            f"{samples.paired} samples are in both, {samples.only_baseline} only in the baseline, "
            f"{samples.only_candidate} only in the candidate"
        )
        forbids = ("comparing whole-run figures as if of the same samples",)
        yield Reason("different_samples", detail, forbids=forbids)
    for count, code, what in (
        (samples.other_input, "different_sample_inputs", "input"),
        (samples.other_expected, "different_sample_expectations", "expected output"),
    ):
        if count and not redacted:
            yield Reason(code, f"{count} samples have another {what} under the same id")
    if samples.skipped:
        detail = f"the candidate skipped {samples.skipped} samples that the baseline judged"
        yield Reason("samples_skipped", detail, forbids=("counting skipped samples as passed",))


def _sampling(changes: Iterable[str]) -> Iterable[Reason]:
    forbids = ("calling rates of the two runs the same",)
    return (Reason("different_sampling", each, forbids=forbids) for each in changes)


def _machine(each: Difference) -> Reason:
    return Reason("different_hardware", each.named, forbids=("calling timings better or worse",))


def _other_machines(differences: Sequence[Difference]) -> str | None:
    return f"measured on other hardware: {differences[0].named}" if differences else None


def _platform(differences: Iterable[Difference]) -> Iterable[Reason]:
    for each in differences:
        minor = each.key == "python" and not (each.note or "").startswith("patch")
        if each.cause == "environment" and (minor or each.key == "platform"):
            yield Reason("different_environment", each.named)


def _evidence(about: Circumstances) -> Iterable[Reason]:
    for side in SIDES:
        run = about.runs.of(side)
        if run.completeness != "complete":
            detail = f"what is known of {run.run_id} is {run.completeness}"
            forbids = ("calling what is absent unchanged",)
            yield Reason(f"{side}_evidence_{run.completeness}", detail, forbids=forbids)
    for side in SIDES:
        run = about.runs.of(side)
        for what in _RECORDS:
            if not (run.has_environment if what == "environment" else run.has_configuration):
                forbids = ("calling the conditions the same",)
                yield Reason(
                    f"no_{what}_record", f"{run.run_id} has no {what} record", forbids=forbids
                )
    told: dict[str, Reason] = {}
    for each in about.degraded:
        detail = f"{each.side}: {each.reason}" + (f" in {each.stage}" if each.stage else "")
        severity = "error" if each.severity == "error" else "warning"
        told.setdefault(detail, Reason("degraded_evidence", detail, severity, each.forbids))
    yield from told.values()


def unknown_reasons(unknown: Iterable[Unknown]) -> Iterable[Reason]:
    """What one side alone told of its data is a limit; what neither told, or of the rest, is only said."""
    for each in unknown:
        if each.key in _RECORDS:
            continue
        severity = "warning" if each.cause == "data" and each.side != "both" else "info"
        code = re.sub(r"\W+", "_", each.key)
        yield Reason(f"{code}_unknown", each.detail, severity)
