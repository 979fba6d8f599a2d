"""What changed between two runs, and may the two be compared at all? How the answer is made.

Who is compared, whether that is fair, what moved, and what follows from it; the answer itself is `result.Comparison`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from contexta_processor.base.errors import ContextaError
from contexta_processor.base.query import Params, Query
from contexta_processor.investigate.compare.conditions import Conditions, compare_conditions
from contexta_processor.investigate.compare.correction import corrected
from contexta_processor.investigate.compare.degraded import Degraded, load_degraded
from contexta_processor.investigate.compare.durations import DurationDelta, compare_durations
from contexta_processor.investigate.compare.fairness import (
    Circumstances,
    Fairness,
    Reason,
    judge_fairness,
)
from contexta_processor.investigate.compare.figures import (
    FigurePair,
    directions_of,
    load_figures,
    units_of,
)
from contexta_processor.investigate.compare.findings import notable_findings
from contexta_processor.investigate.compare.metrics import MetricDelta
from contexta_processor.investigate.compare.moved import first_moved
from contexta_processor.investigate.compare.options import CompareOptions
from contexta_processor.investigate.compare.overall import overall
from contexta_processor.investigate.compare.reported import compare_figures
from contexta_processor.investigate.compare.result import Comparable, Comparison
from contexta_processor.investigate.compare.runs import ComparedRuns, compared_runs
from contexta_processor.investigate.compare.sample_figures import SampleFigures, load_sample_figures
from contexta_processor.investigate.compare.samples import (
    SampleChanges,
    SampleTable,
    changes_of,
    described,
    load_samples,
)
from contexta_processor.investigate.compare.stages import Stages, load_stages
from contexta_processor.investigate.compare.steps import next_steps

DEFAULTS = CompareOptions()


@dataclass(frozen=True)
class Measured:
    """Two runs side by side: everything known but which figures stand among all that were asked.

    metrics: judged one by one, not yet as the many questions they are. broken: part of the two runs may not be
    compared at all.
    """

    runs: ComparedRuns
    metrics: tuple[MetricDelta, ...]
    reasons: tuple[Reason, ...]
    broken: bool
    samples: SampleChanges
    stages: Stages
    durations: tuple[DurationDelta, ...]
    conditions: Conditions
    degraded: tuple[Degraded, ...]
    confidence: float


def compare_runs(
    query: Query, baseline: str, candidate: str, options: CompareOptions = DEFAULTS
) -> Comparison:
    """Compare two runs by id.

    Raises: ContextaError with Exit.UNDECIDED if there is no such run, with Exit.USAGE if `options.cluster`
    is nothing any sample has.
    """
    measured = measure_runs(query, baseline, candidate, options)
    return comparison_of(measured, corrected(measured.metrics))


def measure_runs(
    query: Query, baseline: str, candidate: str, options: CompareOptions = DEFAULTS
) -> Measured:
    """Read and judge everything about two runs. Raises: as `compare_runs`."""
    params: Params = {"baseline": baseline, "candidate": candidate}
    runs = compared_runs(query, params)
    pairs = load_figures(query, runs)
    directions = directions_of(pairs)
    table = load_samples(query, params, options.group)
    check_cluster(table.group, options)
    scores = load_sample_figures(query, params, table)
    stages = Stages(load_stages(query, params), _measured(pairs, table, scores))
    changes = changes_of(table, losses=scores.losses(directions), listed=options.listed)
    changes = described(query, params, changes)
    conditions = compare_conditions(query, params)
    degraded = load_degraded(query, params)
    fairness = judge_fairness(
        Circumstances(
            runs=runs,
            stages=stages,
            samples=changes,
            table=table,
            differences=conditions.differences,
            unknown=conditions.unknown,
            degraded=degraded,
            metrics=frozenset({*(pair.name for pair in pairs), *scores.names}),
            scorers_told=_scorers_told(pairs),
        )
    )
    judged = scores.judged(
        options=options,
        stages=stages,
        fairness=fairness,
        directions=directions,
        units=units_of(pairs),
    )
    reported = compare_figures(
        pairs, stages=stages, fairness=fairness, options=options, samples=judged.support
    )
    return Measured(
        runs=runs,
        metrics=(*reported, *judged.rows),
        reasons=(*fairness.reasons, *judged.reasons),
        broken=_broken(stages, fairness),
        samples=changes,
        stages=stages,
        durations=compare_durations(query, params, confidence=options.confidence),
        conditions=conditions,
        degraded=degraded,
        confidence=options.confidence,
    )


def comparison_of(measured: Measured, metrics: tuple[MetricDelta, ...]) -> Comparison:
    """What follows from figures that were corrected for how many were asked (`correction`)."""
    runs, changes, conditions = measured.runs, measured.samples, measured.conditions
    findings = notable_findings(
        metrics=metrics,
        stages=measured.stages,
        samples=changes,
        growth=conditions.growth,
        artifacts=conditions.artifacts,
        durations=measured.durations,
        degraded=measured.degraded,
    )
    verdict, reasons = comparability(metrics, measured.reasons)
    return Comparison(
        baseline_run=runs.baseline.run_id,
        candidate_run=runs.candidate.run_id,
        overall=overall(
            metrics,
            evidence=(runs.baseline.completeness, runs.candidate.completeness),
            paired=changes.paired,
            samples=changes.total,
            broken=measured.broken or verdict == "not_comparable",
        ),
        comparability=verdict,
        reasons=reasons,
        metrics=metrics,
        samples=changes,
        stages=measured.stages,
        durations=measured.durations,
        moved=first_moved(measured.stages.pairs, metrics),
        differences=conditions.differences,
        unknown=conditions.unknown,
        artifacts=conditions.artifacts,
        degraded=measured.degraded,
        findings=tuple(findings),
        steps=next_steps(
            findings,
            runs=(runs.baseline.run_id, runs.candidate.run_id),
            has_retrieval=changes.has_retrieval,
            more_samples=more_samples(metrics),
        ),
        confidence=measured.confidence,
    )


def more_samples(metrics: Iterable[MetricDelta]) -> dict[str, int]:
    """How many samples would settle a whole figure that is undecided, by its name."""
    return {each.name: each.n_needed for each in metrics if each.n_needed and each.slice is None}


def more_runs(metrics: Iterable[MetricDelta]) -> dict[str, int]:
    """How many runs a side would settle a whole figure that is undecided, by its name."""
    return {
        each.name: each.n_runs_needed
        for each in metrics
        if each.n_runs_needed and each.slice is None
    }


def check_cluster(groups: Iterable[str | None], options: CompareOptions) -> None:
    """Raises: ContextaError where samples are to be grouped by what none of them has."""
    if options.cluster is None or any(group is not None for group in groups):
        return
    raise ContextaError(
        f"no sample is grouped by {options.cluster!r}",
        cause="neither run has a sample attribute of that name, or a slice that begins with it and = or :",
        hint="--cluster batch, or the name of an attribute: contexta samples RUN --json shows them",
    )


def _measured(
    pairs: Sequence[FigurePair], table: SampleTable, scores: SampleFigures
) -> frozenset[str]:
    """Stages that figures or samples of either run belong to: whole-run figures rest on them."""
    stages = {*(pair.stage for pair in pairs), *table.stage, *scores.stages}
    return frozenset(stage for stage in stages if stage is not None)


def _scorers_told(pairs: Sequence[FigurePair]) -> Mapping[str, tuple[str | None, str | None]]:
    """Names whose records say who scored them, on both sides."""
    return {
        pair.name: (pair.baseline.scorer, pair.candidate.scorer)
        for pair in pairs
        if pair.baseline and pair.candidate and pair.baseline.scorer and pair.candidate.scorer
    }


def _broken(stages: Stages, fairness: Fairness) -> bool:
    """Whether part of the two runs may not be compared at all."""
    whole = not any(pair.obstacle for pair in stages.pairs)
    return bool(fairness.refused or fairness.scorers or not whole)


def comparability(
    metrics: Sequence[MetricDelta], reasons: tuple[Reason, ...]
) -> tuple[Comparable, tuple[Reason, ...]]:
    """Whether the sides may be compared, with every reason that says otherwise."""
    if not any(each.comparable for each in metrics):
        what = "no figure can be compared" if metrics else "neither run has a metric or a score"
        nothing = Reason("nothing_comparable", what, "error", ("any verdict",))
        return "not_comparable", (nothing, *reasons)
    limited = any(each.severity != "info" for each in reasons)
    return ("limited" if limited else "comparable"), reasons
