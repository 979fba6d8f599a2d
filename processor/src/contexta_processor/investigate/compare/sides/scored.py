"""Sample scores over the runs of two sides: paired by sample, and judged with the spread between runs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from contexta_processor.investigate.compare.judging import concluded, withheld
from contexta_processor.investigate.compare.metrics import MetricDelta, difference, rounded
from contexta_processor.investigate.compare.reproduced import PASSING, agrees
from contexta_processor.investigate.compare.runs import SIDES
from contexta_processor.investigate.compare.scored import UNSCORED, margin_of
from contexta_processor.investigate.compare.scores import PASSED, Floats, Indices, Mask
from contexta_processor.investigate.compare.sides.figures import FigureOverRuns, Values, over_runs
from contexta_processor.investigate.compare.sides.reported import OfSamples, SideContext
from contexta_processor.investigate.compare.sides.scores import SideBlock, SideScores
from contexta_processor.investigate.statistics.runs import OverRuns, samples_over_runs


@dataclass(frozen=True)
class ScoreOverRuns:
    """A row of scope sample with what it was made from. own: run → mean over all samples it scored."""

    figure: FigureOverRuns
    stage: str | None
    over: OverRuns | None
    own: Values
    margin: float


@dataclass(frozen=True)
class SideScored:
    """Every score over all samples, and over each slice; asked of a reported figure, whether it is made of them."""

    rows: tuple[ScoreOverRuns, ...]

    def __call__(self, figure: MetricDelta, values: Values) -> OfSamples | None:
        """The scores that every run's reported figure is the mean of; None where they are not."""
        if figure.scope in ("operation", "batch", "deployment"):
            return None
        if figure.aggregation not in (None, "last", "mean"):
            return None
        names = (figure.name, *([PASSED] if figure.name in PASSING else []))
        for each in self._fitting(names, figure):
            row = each.figure.row
            same = all(agrees(values[run], each.own.get(run)) for run in values)
            shared = all(agrees(each.own[run], _value(each.figure, run)) for run in each.own)
            if each.over and same and shared:
                return OfSamples(each.over, row.name, each.margin)
        return None

    def _fitting(self, names: Sequence[str], figure: MetricDelta) -> list[ScoreOverRuns]:
        """Rows that could be what was reported: of its stage, else of the only one that scored under the name."""
        fitting = [
            each
            for each in self.rows
            if each.figure.row.name in names and each.figure.row.slice == figure.slice
        ]
        here = [each for each in fitting if figure.stage in (None, each.stage)]
        if not here and len({each.stage for each in fitting}) == 1:
            here = fitting
        return sorted(here, key=lambda each: names.index(each.figure.row.name))


def score_over_runs(
    scores: SideScores,
    context: SideContext,
    *,
    directions: Mapping[str, bool],
    units: Mapping[str, str],
) -> SideScored:
    """Every score over all samples, and over each slice, ordered by name, stage and slice."""
    return SideScored(tuple(_rows(scores, context, directions, units)))


@dataclass(frozen=True)
class _Asked:
    """One score in one slice (None: over all). values: shape (runs, samples), of the samples that every run scored."""

    block: SideBlock
    slice: str | None
    values: Floats
    members: Indices
    unscored: int
    own: Values
    first: int
    """How many runs the baseline has."""

    @property
    def sides(self) -> tuple[Floats, Floats]:
        """The baseline's values, and the candidate's."""
        return self.values[: self.first], self.values[self.first :]


def _rows(
    scores: SideScores,
    context: SideContext,
    directions: Mapping[str, bool],
    units: Mapping[str, str],
) -> Iterator[ScoreOverRuns]:
    for block in scores.blocks:
        for slice_ in (None, *scores.slices):
            asked = _asked(scores, block, slice_, context)
            if asked:
                row = _side_by_side(asked, context, directions, units.get(block.name))
                yield _judged(row, asked, context, scores.groups_of(asked.members))


def _asked(
    scores: SideScores, block: SideBlock, slice_: str | None, context: SideContext
) -> _Asked | None:
    inside = scores.inside(block, slice_)
    if slice_ is not None and not inside.any():
        return None
    chosen = block.shared & inside
    return _Asked(
        block=block,
        slice=slice_,
        values=block.values[:, chosen],
        members=block.members[chosen],
        unscored=int(np.count_nonzero(inside & ~chosen)),
        own=_own(block, inside, context.members.runs),
        first=len(context.members.baseline.runs),
    )


def _side_by_side(
    asked: _Asked, context: SideContext, directions: Mapping[str, bool], unit: str | None
) -> MetricDelta:
    block, count = asked.block, asked.values.shape[1]
    obstacle = (
        context.pairs.obstacle(block.stage)
        or context.fairness.obstacle(block.name, "sample")
        or (None if count else "no sample has a finite score in every run")
    )
    before, after = (_mean(side) for side in asked.sides)
    left_out = f"{asked.unscored} not scored in every run" if asked.unscored else ""
    return MetricDelta(
        name=block.name,
        scope="sample",
        stage=block.stage,
        operation=None,
        slice=asked.slice,
        aggregation="mean",
        unit=unit,
        baseline=before,
        candidate=after,
        delta=None if obstacle else difference(before or 0.0, after or 0.0),
        n=count,
        method=obstacle or left_out,
        verdict="not_comparable",
        higher_is_better=True if block.name == PASSED else directions.get(block.name),
    )


def _judged(
    row: MetricDelta, asked: _Asked, context: SideContext, groups: list[str | None] | None
) -> ScoreOverRuns:
    options, members = context.options, context.members
    means = _means(asked.values) if asked.members.size else []
    values = dict(zip(members.runs, means, strict=False))
    sides = [{run: values[run] for run in members.of(side) if run in values} for side in SIDES]
    margin = options.margins.get(row.name)
    if margin is None:
        margin = margin_of(*(side.ravel() for side in asked.sides))
    stage = asked.block.stage
    if row.delta is None:
        figure = FigureOverRuns(row, sides[0], sides[1])
        return ScoreOverRuns(figure, stage, None, asked.own, margin)
    over = samples_over_runs(*asked.sides, groups=groups, confidence=options.confidence)
    row = concluded(row, over.estimate if over else None, basis="samples", margin=margin)
    row = _held_back(row, asked.unscored, context)
    figure = over_runs(row, sides[0], sides[1], confidence=options.confidence, parts=over)
    return ScoreOverRuns(figure, stage, over, asked.own, margin)


def _held_back(row: MetricDelta, unscored: int, context: SideContext) -> MetricDelta:
    reason = context.fairness.withholds(row)
    if reason:
        return withheld(row, reason)
    if row.verdict != "worse" and unscored > UNSCORED * ((row.n or 0) + unscored):
        return withheld(row, f"{unscored} samples were not scored in every run")
    return row


def _means(values: Floats) -> list[float]:
    return [rounded(float(each)) for each in values.mean(axis=1)]


def _mean(values: Floats) -> float | None:
    return rounded(float(values.mean())) if values.size else None


def _own(block: SideBlock, inside: Mask, runs: Sequence[str]) -> dict[str, float]:
    """Each run's mean over all samples it scored with a finite number."""
    found: dict[str, float] = {}
    for run, values in zip(runs, block.values, strict=True):
        finite = values[inside & np.isfinite(values)]
        if finite.size:
            found[run] = float(finite.mean())
    return found


def _value(figure: FigureOverRuns, run: str) -> float | None:
    return figure.baseline.get(run, figure.candidate.get(run))
