"""What changed between several runs and several others: how the answer is made.

As for two runs (`compare.comparison`): who is compared, whether that is fair, what moved. A figure is the mean over a
side's runs, and is held against how far the runs of a side lie apart.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from contexta_processor.base.query import Query
from contexta_processor.base.statement import statement
from contexta_processor.investigate.compare.comparison import (
    DEFAULTS,
    check_cluster,
    comparability,
    more_runs,
    more_samples,
)
from contexta_processor.investigate.compare.correction import corrected
from contexta_processor.investigate.compare.degraded import Degraded
from contexta_processor.investigate.compare.fairness import Fairness, Reason
from contexta_processor.investigate.compare.figures import told_directions, told_units
from contexta_processor.investigate.compare.findings import notable_findings
from contexta_processor.investigate.compare.metrics import MetricDelta
from contexta_processor.investigate.compare.moved import first_moved
from contexta_processor.investigate.compare.options import CompareOptions
from contexta_processor.investigate.compare.overall import overall
from contexta_processor.investigate.compare.result import Comparison
from contexta_processor.investigate.compare.sides.conditions import (
    SideConditions,
    compare_side_conditions,
)
from contexta_processor.investigate.compare.sides.durations import (
    DurationOverRuns,
    compare_side_durations,
)
from contexta_processor.investigate.compare.sides.fairness import (
    SideCircumstances,
    judge_side_fairness,
)
from contexta_processor.investigate.compare.sides.figures import FigureOverRuns
from contexta_processor.investigate.compare.sides.members import (
    Members,
    load_doubts,
    load_members,
    named,
)
from contexta_processor.investigate.compare.sides.reported import (
    SideContext,
    Told,
    compare_told,
    load_told,
)
from contexta_processor.investigate.compare.sides.result import SideComparison
from contexta_processor.investigate.compare.sides.samples import (
    PassShares,
    SideSamples,
    SideSampleTable,
    load_side_samples,
    side_samples,
)
from contexta_processor.investigate.compare.sides.selecting import Side
from contexta_processor.investigate.compare.sides.stages import SideStages, load_side_stages
from contexta_processor.investigate.compare.steps import next_steps

if TYPE_CHECKING:
    from contexta_processor.investigate.compare.sides.scores import SideScores


@dataclass(frozen=True)
class SidesMeasured:
    """Two sides, before figures are judged as the many questions they are."""

    members: Members
    figures: tuple[FigureOverRuns, ...]
    reasons: tuple[Reason, ...]
    broken: bool
    samples: SideSamples
    stages: SideStages
    measured: frozenset[str]
    durations: tuple[DurationOverRuns, ...]
    conditions: SideConditions
    doubts: tuple[tuple[str, Degraded], ...]
    confidence: float

    @property
    def metrics(self) -> tuple[MetricDelta, ...]:
        """The figures as those of two runs."""
        return tuple(each.row for each in self.figures)


def compare_sides(
    query: Query, baseline: Side, candidate: Side, options: CompareOptions = DEFAULTS
) -> SideComparison:
    """Compare the runs of two sides, of which one has several.

    Raises: ContextaError with Exit.UNDECIDED if there is no such run, with Exit.USAGE if a run is on both sides or
    `options.cluster` is nothing any sample has.
    """
    measured = measure_sides(query, baseline, candidate, options)
    return side_comparison_of(measured, corrected(measured.metrics))


def measure_sides(
    query: Query, baseline: Side, candidate: Side, options: CompareOptions = DEFAULTS
) -> SidesMeasured:
    """Read and judge everything about two sides. Raises: as `compare_sides`."""
    members = load_members(query, baseline, candidate)
    told = load_told(query, members)
    table = load_side_samples(query, members, options.group)
    check_cluster(table.group, options)
    scores = _scores(query, members, table)
    samples = side_samples(
        table,
        scores.passed if scores else PassShares({}, {}),
        scores.slices_of_ids if scores else {},
        members,
        listed=options.listed,
    )
    stages = load_side_stages(query, members)
    conditions = compare_side_conditions(query, members)
    doubts = load_doubts(query, members)
    names = {each.name for each in scores.blocks} if scores else set[str]()
    fairness = judge_side_fairness(
        SideCircumstances(
            members=members,
            stages=stages,
            samples=samples,
            conditions=conditions,
            doubts=doubts,
            metrics=frozenset({*(each.name for each in told), *names}),
            scorers_told=_scorers_told(told),
        )
    )
    measured = _measured(told, scores)
    context = SideContext(members, options, stages, measured, fairness)
    figures = _figures(told, scores, context)
    return SidesMeasured(
        members=members,
        figures=figures,
        reasons=(*fairness.reasons, *_alike(figures, members)),
        broken=_broken(context, fairness),
        samples=samples,
        stages=stages,
        measured=measured,
        durations=compare_side_durations(query, members, stages, confidence=options.confidence),
        conditions=conditions,
        doubts=doubts,
        confidence=options.confidence,
    )


def side_comparison_of(found: SidesMeasured, metrics: tuple[MetricDelta, ...]) -> SideComparison:
    """What follows from figures that were corrected for how many were asked (`correction`)."""
    stages = found.stages.measured_in(found.measured)
    changes = found.samples.changes
    degraded = tuple(each for _, each in found.doubts)
    findings = notable_findings(
        metrics=metrics,
        stages=stages,
        samples=changes,
        growth=(),
        artifacts=(),
        durations=found.durations,
        degraded=degraded,
    )
    members = found.members
    verdict, reasons = comparability(metrics, found.reasons)
    told = Comparison(
        baseline_run=members.baseline.label,
        candidate_run=members.candidate.label,
        overall=overall(
            metrics,
            evidence=[members.known[run].completeness for run in members.runs],
            paired=changes.paired,
            samples=found.samples.total,
            broken=found.broken or verdict == "not_comparable",
            runs=members.sizes,
        ),
        comparability=verdict,
        reasons=reasons,
        metrics=metrics,
        samples=changes,
        stages=stages,
        durations=(),
        moved=first_moved(stages.pairs, metrics),
        differences=found.conditions.differences,
        unknown=found.conditions.unknown,
        artifacts=(),
        degraded=degraded,
        findings=tuple(findings),
        steps=next_steps(
            findings,
            runs=(members.baseline.runs[0], members.candidate.runs[0]),
            has_retrieval=changes.has_retrieval,
            more_samples=more_samples(metrics),
            more_runs=more_runs(metrics),
        ),
        confidence=found.confidence,
    )
    return SideComparison(
        told=told,
        members=members,
        figures=tuple(
            replace(each, row=row) for each, row in zip(found.figures, metrics, strict=True)
        ),
        samples=found.samples,
        stages=found.stages.over_runs,
        durations=found.durations,
        varying=found.conditions.varying,
    )


def _scores(query: Query, members: Members, table: SideSampleTable) -> "SideScores | None":
    """The scores of all runs' samples; without any nothing is loaded, nor is numpy."""
    asked = {"runs": list(members.runs)}
    scores = query.query(statement("investigate/compare/sides/scores"), asked)
    if not scores.num_rows:
        return None
    slices = query.query(statement("investigate/compare/sides/slices"), asked)
    from contexta_processor.investigate.compare.sides.scores import load_side_scores

    return load_side_scores(scores, slices, table, members)


def _figures(
    told: Sequence[Told], scores: "SideScores | None", context: SideContext
) -> tuple[FigureOverRuns, ...]:
    """Reported figures, then those of scope sample."""
    if scores is None:
        return tuple(compare_told(told, context, None))
    from contexta_processor.investigate.compare.sides.scored import score_over_runs

    figures = [(each.name, figure) for each in told for figure in each.runs.values()]
    scored = score_over_runs(
        scores, context, directions=told_directions(figures), units=told_units(figures)
    )
    return (*compare_told(told, context, scored), *(each.figure for each in scored.rows))


def _scorers_told(told: Sequence[Told]) -> Mapping[str, Mapping[str, str]]:
    return {
        figure.name: {run: each.scorer for run, each in figure.runs.items() if each.scorer}
        for figure in told
    }


def _measured(told: Sequence[Told], scores: "SideScores | None") -> frozenset[str]:
    """Stages that figures or samples of any run belong to: whole-run figures rest on them."""
    stages = {
        *(each.stage for each in told),
        *(each.stage for each in (scores.blocks if scores else ())),
    }
    return frozenset(stage for stage in stages if stage is not None)


def _alike(figures: Sequence[FigureOverRuns], members: Members) -> Sequence[Reason]:
    """Runs of a side that agree in every figure to the last digit are one run told several times, not repeats."""
    found: list[Reason] = []
    for side in ("baseline", "candidate"):
        runs = members.of(side)
        values = [getattr(each, side) for each in figures]
        whole = [told for told in values if len(told) == len(runs)]
        if len(runs) > 1 and whole and all(len(set(told.values())) == 1 for told in whole):
            detail = f"{named(runs)} gave the same figures to the last digit: were they given other seeds?"
            found.append(Reason("runs_alike", detail, forbids=("taking them for repeats",)))
    return found


def _broken(context: SideContext, fairness: Fairness) -> bool:
    """Whether part of the two sides may not be compared at all."""
    whole = not any(pair.obstacle for pair in context.pairs.pairs)
    return bool(fairness.refused or fairness.scorers or not whole)
