"""Which reported figures are made of the samples at hand, so that these can say how sure the difference is.

Nothing is taken on trust: only where a statistic of the samples gives the reported figure again, on both sides,
is its interval that of the samples.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from contexta_processor.investigate.compare.metrics import MetricDelta
from contexta_processor.investigate.compare.options import CompareOptions
from contexta_processor.investigate.compare.reported import PASS_RATES, Support
from contexta_processor.investigate.compare.scored import Scored
from contexta_processor.investigate.compare.scores import PASSED, Block, Floats, Mask, ScoreTable
from contexta_processor.investigate.compare.spread import from_spreads
from contexta_processor.investigate.statistics.arrays import quantile_of
from contexta_processor.investigate.statistics.bootstrap import (
    paired_statistic,
    percentile_difference,
)
from contexta_processor.investigate.statistics.estimates import Estimate

AGREES = 1e-3
"""How far, against its size, a reported figure may be from that of the samples: it may have been rounded."""
DRAWN = 4_000_000
"""Values drawn at most for one bootstrap: 2,000 draws of 2,000 samples, fewer of more."""

PASSING = PASS_RATES - {"error_rate", "failure_rate"}
TRUTHS = ("label", "target", "truth", "y_true")
PREDICTIONS = ("prediction", "predicted", "y_pred")
CHANCES = ("probability", "y_score", "score")

_QUANTILE = re.compile(r"^p(\d{1,2})$")
_NAMED_QUANTILE = re.compile(r"^(?P<name>.+?)[._-]p(?P<q>\d{1,2})$")


@dataclass(frozen=True)
class Reproduced:
    """Sample scores, asked whether a reported figure is made of them."""

    table: ScoreTable
    scored: Sequence[Scored]
    options: CompareOptions

    def __call__(self, figure: MetricDelta) -> Support | None:
        """The support the samples give; None where they don't make the figure."""
        if figure.scope in ("operation", "batch", "deployment"):
            return None
        return self._mean(figure) or self._percentile(figure) or self._classified(figure)

    def _mean(self, figure: MetricDelta) -> Support | None:
        if figure.aggregation not in (None, "last", "mean"):
            return None
        names = [figure.name, *([PASSED] if figure.name in PASSING else [])]
        for each in self._rows(names, figure):
            if not (
                agrees(figure.baseline, each.own_baseline)
                and agrees(figure.candidate, each.own_candidate)
            ):
                continue
            what = "mean of its samples"
            if each.block.name == PASSED:
                what = "share of samples that passed"
            if each.estimate and _same_delta(figure, each.estimate.delta):
                return Support(each.estimate, "samples", what, each.margin, each.block.name)
            if self.table.groups is None:
                unpaired = self._unpaired(each.block, figure.slice)
                return Support(
                    unpaired, "samples", f"{what}, not all of them in both runs", each.margin
                )
        return None

    def _unpaired(self, block: Block, slice_: str | None) -> Estimate | None:
        """Over all samples of either side, as if they were others: the figures are not of the pairs alone."""
        inside = _inside(self.table, block, slice_)
        sides = [side[inside & np.isfinite(side)] for side in (block.baseline, block.candidate)]
        if min(len(side) for side in sides) < 2:
            return None
        told = [(float(np.mean(side)), float(np.std(side, ddof=1)), len(side)) for side in sides]
        return from_spreads(told[0], told[1], confidence=self.options.confidence)

    def _percentile(self, figure: MetricDelta) -> Support | None:
        asked = _quantile(figure)
        if asked is None:
            return None
        name, q = asked
        for each in self._rows([name], figure):
            before, after = _whole_pairs(self.table, each.block, figure.slice)
            if len(before) < 2 or not (
                agrees(figure.baseline, quantile_of(before, q))
                and agrees(figure.candidate, quantile_of(after, q))
            ):
                continue
            members = each.block.members[_inside(self.table, each.block, figure.slice)]
            estimate = percentile_difference(
                before,
                after,
                q,
                paired=True,
                groups=self.table.groups_of(members),
                draws=_draws(len(before)),
                confidence=self.options.confidence,
            )
            return Support(estimate, "samples", "percentile of its samples")
        return None

    def _classified(self, figure: MetricDelta) -> Support | None:
        """F1, precision, recall and AUC, where samples carry their label and what was predicted."""
        found = CLASSIFIED.get(figure.name.lower())
        if found is None or figure.aggregation not in (None, "last"):
            return None
        statistic, outputs = found
        blocks = {
            each.block.name.lower(): each.block
            for each in self.scored
            if each.row.slice is None and figure.stage in (None, each.block.stage)
        }
        truth = next((blocks[name] for name in TRUTHS if name in blocks), None)
        output = next((blocks[name] for name in outputs if name in blocks), None)
        if truth is None or output is None or not np.array_equal(truth.members, output.members):
            return None
        inside = _inside(self.table, truth, figure.slice) & truth.paired & output.paired
        sides = [
            (truth.baseline[inside], output.baseline[inside]),
            (truth.candidate[inside], output.candidate[inside]),
        ]
        if inside.sum() < 2 or not (
            agrees(figure.baseline, statistic(*sides[0]))
            and agrees(figure.candidate, statistic(*sides[1]))
        ):
            return None
        estimate = paired_statistic(
            statistic,
            *sides,
            groups=self.table.groups_of(truth.members[inside]),
            draws=_draws(len(sides[0][0])),
            confidence=self.options.confidence,
        )
        return Support(estimate, "samples", f"{figure.name} of its samples")

    def _rows(self, names: Sequence[str], figure: MetricDelta) -> Iterator[Scored]:
        """Rows of scope sample that could be what was reported: of its stage, else of the only one that
        scored under the name (retrieval is often scored where answers are)."""
        fitting = [
            each
            for each in self.scored
            if each.block.name in names and each.row.slice == figure.slice and each.estimate
        ]
        here = [each for each in fitting if figure.stage in (None, each.block.stage)]
        if not here and len({each.block.stage for each in fitting}) == 1:
            here = fitting
        yield from sorted(here, key=lambda each: names.index(each.block.name))


def _quantile(figure: MetricDelta) -> tuple[str, float] | None:
    told = _QUANTILE.match(figure.aggregation or "")
    named = _NAMED_QUANTILE.match(figure.name)
    if told:
        return (named["name"] if named else figure.name), int(told[1]) / 100
    if figure.aggregation == "median":
        return figure.name, 0.5
    return (named["name"], int(named["q"]) / 100) if named else None


def _inside(table: ScoreTable, block: Block, slice_: str | None) -> Mask:
    return (
        np.ones(len(block.members), np.bool_) if slice_ is None else table.slice_mask(block, slice_)
    )


def _whole_pairs(table: ScoreTable, block: Block, slice_: str | None) -> tuple[Floats, Floats]:
    """Both sides' scores if every sample of either has both; else nothing: the figure is made of others too."""
    inside = _inside(table, block, slice_)
    if not block.paired[inside].all():
        return np.empty(0), np.empty(0)
    return block.baseline[inside], block.candidate[inside]


def agrees(reported: float | None, computed: float | None) -> bool:
    """Whether a reported figure is the computed one, up to rounding."""
    if reported is None or computed is None or not np.isfinite(computed):
        return False
    return abs(reported - computed) <= AGREES * abs(reported) + 1e-12


def _same_delta(figure: MetricDelta, delta: float) -> bool:
    size = max(abs(figure.baseline or 0.0), abs(figure.candidate or 0.0))
    return abs((figure.delta or 0.0) - delta) <= 2 * AGREES * size + 1e-12


def _draws(n: int) -> int:
    return max(200, min(2000, DRAWN // max(n, 1)))


def f1(truth: Floats, predicted: Floats) -> float:
    """Harmonic mean of precision and recall of class 1; NaN where neither is defined."""
    hits = float(np.sum((truth == 1) & (predicted == 1)))
    told = float(np.sum(predicted == 1) + np.sum(truth == 1))
    return 2 * hits / told if told else float("nan")


def precision(truth: Floats, predicted: Floats) -> float:
    """Share of what was predicted as class 1 that is; NaN where nothing was."""
    told = predicted == 1
    return _share(truth[told]) if told.any() else float("nan")


def recall(truth: Floats, predicted: Floats) -> float:
    """Share of class 1 that was predicted as such; NaN where there is none."""
    there = truth == 1
    return _share(predicted[there]) if there.any() else float("nan")


def _share(values: Floats) -> float:
    return float(np.count_nonzero(values == 1)) / len(values)


def auc(truth: Floats, chance: Floats) -> float:
    """Area under the ROC curve: how often a sample of class 1 has the higher chance; ties count half."""
    positive = truth == 1
    count = int(positive.sum())
    if count in (0, len(truth)):
        return float("nan")
    _, inverse, sizes = np.unique(chance, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(sizes) - (sizes - 1) / 2)[inverse]
    others = len(truth) - count
    return float((ranks[positive].sum() - count * (count + 1) / 2) / (count * others))


Statistic = Callable[[Floats, Floats], float]
CLASSIFIED: Mapping[str, tuple[Statistic, tuple[str, ...]]] = {
    "f1": (f1, PREDICTIONS),
    "f1_score": (f1, PREDICTIONS),
    "precision": (precision, PREDICTIONS),
    "recall": (recall, PREDICTIONS),
    "auc": (auc, CHANCES),
    "roc_auc": (auc, CHANCES),
}
"""Reported name → how it is made of labels and outputs, and what the outputs may be called."""
