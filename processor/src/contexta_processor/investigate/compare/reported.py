"""Figures that the runs reported themselves: comparable or not, and how sure one may be of the difference.

A single number carries no uncertainty of its own. It is taken, in this order, from the samples it can be shown to
be made of, from cross-validation folds both runs have, from the spread that was reported with it, or from how
far this figure usually is from one run to the next. Without any of them a difference is undecided.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from contexta_processor.investigate.compare.fairness import Fairness
from contexta_processor.investigate.compare.figures import Figure, FigurePair
from contexta_processor.investigate.compare.judging import concluded, withheld
from contexta_processor.investigate.compare.metrics import Basis, MetricDelta, Range, difference
from contexta_processor.investigate.compare.options import CompareOptions
from contexta_processor.investigate.compare.stages import Stages

if TYPE_CHECKING:
    from contexta_processor.investigate.statistics.estimates import Estimate

SUMMED = ("sum", "min", "max")
PASS_RATES = frozenset(
    {"accuracy", "pass_rate", "passed", "success_rate", "exact_match", "error_rate", "failure_rate"}
)
"""Figures that are by their name a share of samples."""


@dataclass(frozen=True)
class Support:
    """Where the uncertainty of a reported figure comes from.

    margin: None for the default. repeats: the score of which the same statistic is a row of its own.
    """

    estimate: "Estimate | None"
    basis: Basis
    how: str
    margin: float | None = None
    repeats: str | None = None


class SampleSupport(Protocol):
    """What the samples say of a reported figure; None: they don't make it."""

    def __call__(self, figure: MetricDelta) -> Support | None: ...


def compare_figures(
    pairs: Sequence[FigurePair],
    *,
    stages: Stages,
    fairness: Fairness,
    options: CompareOptions,
    samples: SampleSupport | None,
) -> tuple[MetricDelta, ...]:
    """Every figure known to either run, in the order given."""
    return tuple(
        _compared(pair, stages=stages, fairness=fairness, options=options, samples=samples)
        for pair in pairs
    )


def _compared(
    pair: FigurePair,
    *,
    stages: Stages,
    fairness: Fairness,
    options: CompareOptions,
    samples: SampleSupport | None,
) -> MetricDelta:
    figure = _side_by_side(pair, stages, fairness)
    if figure.delta is None:
        return figure
    support = (samples(figure) if samples else None) or _support(pair, options)
    margin = options.margins.get(pair.name)
    if margin is None:
        margin = (
            default_margin(figure, _values(figure)) if support.margin is None else support.margin
        )
    figure = concluded(figure, support.estimate, basis=support.basis, margin=margin)
    if support.estimate is not None:
        figure = replace(
            figure, method=_joined(support.how, figure.method), repeats=support.repeats
        )
    reason = fairness.withholds(figure)
    return withheld(figure, reason) if reason else figure


def _side_by_side(pair: FigurePair, stages: Stages, fairness: Fairness) -> MetricDelta:
    before, after = pair.baseline, pair.candidate
    direction, agreed = pair.direction
    obstacle = (
        _missing(pair)
        or _unit_obstacle(before, after)
        or _value_obstacle(before, after)
        or (None if agreed else "the runs declare opposite directions")
        or stages.obstacle(pair.stage)
        or fairness.obstacle(pair.name, pair.scope)
    )
    values = [each.value if each else None for each in (before, after)]
    counts = [each.sample_count if each else None for each in (before, after)]
    units = [each.unit for each in (after, before) if each and each.unit]
    return MetricDelta(
        name=pair.name,
        scope=pair.scope,
        stage=pair.stage,
        operation=pair.operation,
        slice=pair.slice,
        aggregation=pair.aggregation,
        unit=units[0] if units else None,
        baseline=values[0],
        candidate=values[1],
        delta=None if obstacle else difference(values[0] or 0.0, values[1] or 0.0),
        n=None if None in counts else min(count or 0 for count in counts),
        method=obstacle or _made_of(pair),
        verdict="not_comparable",
        higher_is_better=direction,
        baseline_range=_range(before),
        candidate_range=_range(after),
    )


def _support(pair: FigurePair, options: CompareOptions) -> Support:
    """Folds, else the reported spread or count, else history."""
    confidence = options.confidence
    before, after = pair.baseline, pair.candidate
    if before is None or after is None:  # a figure with a delta has both sides
        return Support(None, "history", "")
    folds = _folds(before, after, confidence)
    if folds is not None:
        return Support(folds, "folds", "over the same folds")
    spread = _spread(before, after, confidence)
    if spread is not None:
        return Support(spread, "spread", "from the reported spread")
    shares = _shares(pair, confidence)
    if shares is not None:
        return Support(shares, "spread", "from the number of samples")
    return Support(_history(pair, options.untested), "history", "")


def _folds(before: Figure, after: Figure, confidence: float) -> "Estimate | None":
    """Over cross-validation folds, where both figures are made of the same ones and of nothing else."""
    sides = [dict(each.folds) for each in (before, after)]
    same = sides[0].keys() == sides[1].keys() and before.parts == after.parts == len(sides[0])
    if len(sides[0]) < 2 or not same:
        return None
    from contexta_processor.investigate.statistics.paired import paired_scores

    names = sorted(sides[0])
    return paired_scores(*([side[name] for name in names] for side in sides), confidence=confidence)


def _spread(before: Figure, after: Figure, confidence: float) -> "Estimate | None":
    """From standard deviations and sample counts that were reported with both figures (Welch, unpaired)."""
    if before.stddev is None or after.stddev is None or before.value is None or after.value is None:
        return None
    counts = before.sample_count, after.sample_count
    if counts[0] is None or counts[1] is None:
        return None
    from contexta_processor.investigate.compare.spread import from_spreads

    return from_spreads(
        (before.value, before.stddev, counts[0]),
        (after.value, after.stddev, counts[1]),
        confidence=confidence,
    )


def _shares(pair: FigurePair, confidence: float) -> "Estimate | None":
    """From sample counts, where the figure's name says that it is a share of samples."""
    before, after = pair.baseline, pair.candidate
    if pair.name not in PASS_RATES or pair.aggregation not in (None, "last", "mean"):
        return None
    told = [
        (each.value, each.sample_count)
        for each in (before, after)
        if each and each.parts == 1 and each.value is not None and each.sample_count
    ]
    if len(told) != 2:
        return None
    from contexta_processor.investigate.compare.spread import from_shares

    return from_shares(told[0], told[1], confidence=confidence)


def _history(pair: FigurePair, confidence: float) -> "Estimate | None":
    before, after = pair.baseline, pair.candidate
    if not pair.history or before is None or after is None:
        return None
    if before.value is None or after.value is None:
        return None
    from contexta_processor.investigate.statistics.history import against_history

    return against_history(before.value, after.value, pair.history, confidence=confidence)


def default_margin(figure: MetricDelta, values: Iterable[float]) -> float:
    """2 points for shares, else 2 % of the baseline; numbers without a unit in [0, 1] read as shares."""
    share = figure.unit in (None, "1") and all(0.0 <= value <= 1.0 for value in values)
    return 0.02 if share else 0.02 * abs(figure.baseline or 0.0)


def _values(figure: MetricDelta) -> tuple[float, float]:
    return figure.baseline or 0.0, figure.candidate or 0.0


def _missing(pair: FigurePair) -> str | None:
    for side, figure in (("baseline", pair.baseline), ("candidate", pair.candidate)):
        if figure is None:
            return f"the {side} does not have it"
    return None


def _unit_obstacle(before: Figure | None, after: Figure | None) -> str | None:
    told = [each.unit if each else None for each in (before, after)]
    units = [unit or "1" for unit in told]
    if "mixed" in units:
        return "one side has it in several units"
    if units[0] != units[1] and None not in told:
        return f"the units differ: {told[0]} and {told[1]}"
    return None


def _value_obstacle(before: Figure | None, after: Figure | None) -> str | None:
    for side, figure in (("baseline", before), ("candidate", after)):
        value = figure.value if figure else None
        if value is None:
            return "percentiles of several batches cannot be put together"
        if not math.isfinite(value):
            return f"the {side}'s value is {'NaN' if math.isnan(value) else 'infinite'}"
    return None


def _made_of(pair: FigurePair) -> str:
    parts = [each.parts for each in (pair.baseline, pair.candidate) if each]
    if max(parts) == 1:
        return ""
    how = pair.aggregation if pair.aggregation in SUMMED else "mean"
    return f"{how} over batches ({parts[0]} and {parts[1]})"


def _range(figure: Figure | None) -> Range | None:
    if figure is None or figure.points <= figure.parts or figure.low is None or figure.high is None:
        return None
    return figure.low, figure.high


def _joined(*words: str) -> str:
    return ": ".join(word for word in words if word)
