"""Paired sample scores as figures: one row per score, stage and slice, each with its interval."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from contexta_processor.investigate.compare.fairness import Fairness
from contexta_processor.investigate.compare.judging import concluded, withheld
from contexta_processor.investigate.compare.metrics import MetricDelta, difference
from contexta_processor.investigate.compare.options import CompareOptions
from contexta_processor.investigate.compare.scores import PASSED, Block, Floats, Mask, ScoreTable
from contexta_processor.investigate.compare.stages import Stages
from contexta_processor.investigate.statistics.estimates import Estimate
from contexta_processor.investigate.statistics.paired import estimate_paired
from contexta_processor.investigate.statistics.verdicts import default_margin

UNSCORED = 0.05
"""The share of samples scored on one side alone above which the rest is not called better or the same."""


@dataclass(frozen=True)
class Scored:
    """A row of scope sample with what it was made from.

    own_baseline, own_candidate: means over all samples of a side, paired or not (None: not scored there).
    unscored: samples both runs have, and only one scored.
    """

    row: MetricDelta
    block: Block
    own_baseline: float | None
    own_candidate: float | None
    estimate: Estimate | None
    margin: float
    unscored: int


@dataclass(frozen=True)
class ScoreContext:
    """What scores are judged by, beyond themselves. directions, units: by name, as reported anywhere."""

    options: CompareOptions
    stages: Stages
    fairness: Fairness
    directions: Mapping[str, bool]
    units: Mapping[str, str]


def compare_scores(table: ScoreTable, context: ScoreContext) -> tuple[Scored, ...]:
    """Every score over all samples, and over each slice, ordered by name, stage and slice."""
    return tuple(_rows(table, context))


def losses(
    table: ScoreTable, directions: Mapping[str, bool]
) -> dict[tuple[str | None, str], float]:
    """How far each paired sample's scores fell, in standard deviations of their differences, summed.

    By stage and sample id; only scores with a known direction count, pass or fail is not one of them.
    """
    sums: dict[str | None, Floats] = {}
    known: dict[str | None, Mask] = {}
    for block in table.blocks:
        direction = directions.get(block.name)
        chosen = block.paired
        if direction is None or block.name == PASSED or not chosen.any():
            continue
        lost = (block.baseline - block.candidate)[chosen] * (1 if direction else -1)
        spread = float(np.std(lost))
        if spread > 0:
            members = block.members[chosen]
            sums.setdefault(block.stage, np.zeros(len(table.ids)))[members] += lost / spread
            known.setdefault(block.stage, np.zeros(len(table.ids), np.bool_))[members] = True
    return {
        (stage, table.ids[member]): float(sums[stage][member])
        for stage, mask in known.items()
        for member in np.flatnonzero(mask).tolist()
    }


def _rows(table: ScoreTable, context: ScoreContext) -> Iterator[Scored]:
    for block in table.blocks:
        yield _scored(table, block, None, np.ones(len(block.members), np.bool_), context)
        for name in table.slices:
            inside = table.slice_mask(block, name)
            if inside.any():
                yield _scored(table, block, name, inside, context)


def _scored(
    table: ScoreTable, block: Block, slice_: str | None, inside: Mask, context: ScoreContext
) -> Scored:
    chosen = block.paired & inside
    before, after = block.baseline[chosen], block.candidate[chosen]
    own = [_mean(block.baseline[inside]), _mean(block.candidate[inside])]
    shown = [_mean(before), _mean(after)] if chosen.any() else own
    obstacle = (
        context.stages.obstacle(block.stage)
        or context.fairness.obstacle(block.name, "sample")
        or (None if chosen.any() else _unpaired(block, inside))
    )
    alone = table.shared[block.members] & inside & (block.in_baseline != block.in_candidate)
    unscored = int(np.count_nonzero(alone))
    row = MetricDelta(
        name=block.name,
        scope="sample",
        stage=block.stage,
        operation=None,
        slice=slice_,
        aggregation="mean",
        unit=context.units.get(block.name),
        baseline=shown[0],
        candidate=shown[1],
        delta=None if obstacle else difference(shown[0] or 0.0, shown[1] or 0.0),
        n=int(np.count_nonzero(chosen)),
        method=obstacle or _left_out(block, inside, unscored),
        verdict="not_comparable",
        higher_is_better=True if block.name == PASSED else context.directions.get(block.name),
    )
    margin = context.options.margins.get(block.name)
    if margin is None:
        margin = margin_of(before, after)
    if obstacle:
        return Scored(row, block, own[0], own[1], None, margin, unscored)
    estimate = estimate_paired(
        before,
        after,
        groups=table.groups_of(block.members[chosen]),
        confidence=context.options.confidence,
    )
    row = concluded(row, estimate, basis="samples", margin=margin)
    row = _held_back(row, unscored, int(np.count_nonzero(chosen)), context.fairness)
    return Scored(row, block, own[0], own[1], estimate, margin, unscored)


def _held_back(row: MetricDelta, unscored: int, paired: int, fairness: Fairness) -> MetricDelta:
    reason = fairness.withholds(row)
    if reason:
        return withheld(row, reason)
    if row.verdict != "worse" and unscored > UNSCORED * (paired + unscored):
        return withheld(row, f"{unscored} samples were scored in one run alone")
    return row


def margin_of(before: Floats, after: Floats) -> float:
    """The smallest difference of scores that matters where nobody said."""
    if not before.size:
        return 0.0
    bounded = all(bool(np.all((side >= 0.0) & (side <= 1.0))) for side in (before, after))
    return default_margin(before, bounded01=bounded)


def _mean(values: Floats) -> float | None:
    """Mean of the finite ones; None without any."""
    finite = values[np.isfinite(values)]
    return float(np.mean(finite)) if finite.size else None


def _left_out(block: Block, inside: Mask, unscored: int) -> str:
    odd = (block.in_baseline & ~np.isfinite(block.baseline)) | (
        block.in_candidate & ~np.isfinite(block.candidate)
    )
    count = int(np.count_nonzero(odd & inside))
    told = [f"{count} left out for NaN or infinity"] * bool(count)
    told += [f"{unscored} scored in one run alone"] * bool(unscored)
    return "; ".join(told)


def _unpaired(block: Block, inside: Mask) -> str:
    sides = {"baseline": block.in_baseline & inside, "candidate": block.in_candidate & inside}
    for side, scored in sides.items():
        if not scored.any():
            return f"the {side} does not have it"
    if (sides["baseline"] & sides["candidate"]).any():
        return "no sample has a finite score in both"
    return "no sample was scored in both"
