"""What changed between two runs, and may the two be compared at all? How the answer is made.

Who is compared, whether that is fair, what moved, and what follows from it; the answer itself is `result.Comparison`.
"""

from collections.abc import Mapping, Sequence

from contexta_processor.base.errors import ContextaError
from contexta_processor.base.query import Params, Query
from contexta_processor.investigate.compare.conditions import compare_conditions
from contexta_processor.investigate.compare.degraded import load_degraded
from contexta_processor.investigate.compare.durations import compare_durations
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
from contexta_processor.investigate.compare.judging import corrected
from contexta_processor.investigate.compare.metrics import MetricDelta
from contexta_processor.investigate.compare.moved import first_moved
from contexta_processor.investigate.compare.options import CompareOptions
from contexta_processor.investigate.compare.overall import overall
from contexta_processor.investigate.compare.reported import compare_figures
from contexta_processor.investigate.compare.result import Comparable, Comparison
from contexta_processor.investigate.compare.runs import compared_runs
from contexta_processor.investigate.compare.sample_figures import SampleFigures, load_sample_figures
from contexta_processor.investigate.compare.samples import (
    SampleTable,
    changes_of,
    described,
    load_samples,
)
from contexta_processor.investigate.compare.stages import Stages, load_stages
from contexta_processor.investigate.compare.steps import next_steps

DEFAULTS = CompareOptions()


def compare_runs(
    query: Query, baseline: str, candidate: str, options: CompareOptions = DEFAULTS
) -> Comparison:
    """Compare two runs by id.

    Raises: ContextaError with Exit.UNDECIDED if there is no such run, with Exit.USAGE if `options.cluster`
    is nothing any sample has.
    """
    params: Params = {"baseline": baseline, "candidate": candidate}
    runs = compared_runs(query, params)
    pairs = load_figures(query, runs)
    directions = directions_of(pairs)
    table = load_samples(query, params, options.group)
    _check_cluster(table, options)
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
    metrics = corrected((*reported, *judged.rows))
    reasons = (*fairness.reasons, *judged.reasons)
    durations = compare_durations(query, params, confidence=options.confidence)
    findings = notable_findings(
        metrics=metrics,
        stages=stages,
        samples=changes,
        growth=conditions.growth,
        artifacts=conditions.artifacts,
        durations=durations,
        degraded=degraded,
    )
    verdict, reasons = _comparability(metrics, reasons)
    return Comparison(
        baseline_run=baseline,
        candidate_run=candidate,
        overall=overall(
            runs,
            metrics,
            paired=changes.paired,
            samples=changes.total,
            broken=_broken(stages, fairness) or verdict == "not_comparable",
        ),
        comparability=verdict,
        reasons=reasons,
        metrics=metrics,
        samples=changes,
        stages=stages,
        durations=durations,
        moved=first_moved(stages.pairs, metrics),
        differences=conditions.differences,
        unknown=conditions.unknown,
        artifacts=conditions.artifacts,
        degraded=degraded,
        findings=tuple(findings),
        steps=next_steps(
            findings,
            runs=(baseline, candidate),
            has_retrieval=changes.has_retrieval,
            more_samples={
                each.name: each.n_needed for each in metrics if each.n_needed and each.slice is None
            },
        ),
        confidence=options.confidence,
    )


def _check_cluster(table: SampleTable, options: CompareOptions) -> None:
    if options.cluster is None or any(group is not None for group in table.group):
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


def _comparability(
    metrics: Sequence[MetricDelta], reasons: tuple[Reason, ...]
) -> tuple[Comparable, tuple[Reason, ...]]:
    if not any(each.comparable for each in metrics):
        what = "no figure can be compared" if metrics else "neither run has a metric or a score"
        nothing = Reason("nothing_comparable", what, "error", ("any verdict",))
        return "not_comparable", (nothing, *reasons)
    limited = any(each.severity != "info" for each in reasons)
    return ("limited" if limited else "comparable"), reasons
