"""What the samples' scores give to a comparison. Without samples none of it is loaded, nor is numpy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from contexta_processor.base.query import Params, Query
from contexta_processor.base.statement import statement
from contexta_processor.investigate.compare.fairness import Fairness, Reason
from contexta_processor.investigate.compare.metrics import MetricDelta
from contexta_processor.investigate.compare.options import CompareOptions
from contexta_processor.investigate.compare.reported import SampleSupport
from contexta_processor.investigate.compare.samples import Place, SampleTable
from contexta_processor.investigate.compare.stages import Stages

if TYPE_CHECKING:
    from contexta_processor.investigate.compare.scored import Scored
    from contexta_processor.investigate.compare.scores import ScoreTable


@dataclass(frozen=True)
class Judged:
    """Rows of scope sample, reasons they give to be careful, and what they say of reported figures."""

    rows: tuple[MetricDelta, ...] = ()
    reasons: tuple[Reason, ...] = ()
    support: SampleSupport | None = None


@dataclass(frozen=True)
class SampleFigures:
    """The scores of two runs, if there are any."""

    table: "ScoreTable | None"

    @property
    def names(self) -> frozenset[str]:
        """What the scores are called."""
        return frozenset(block.name for block in self.table.blocks) if self.table else frozenset()

    @property
    def stages(self) -> frozenset[str | None]:
        """Where they were made."""
        return frozenset(block.stage for block in self.table.blocks) if self.table else frozenset()

    def losses(self, directions: Mapping[str, bool]) -> Mapping[Place, float]:
        """How far each sample's scores fell, for putting the worst first."""
        if self.table is None:
            return {}
        from contexta_processor.investigate.compare.scored import losses

        return losses(self.table, directions)

    def judged(
        self,
        *,
        options: CompareOptions,
        stages: Stages,
        fairness: Fairness,
        directions: Mapping[str, bool],
        units: Mapping[str, str],
    ) -> Judged:
        """Every score over all samples and over each slice, with its verdict."""
        if self.table is None:
            return Judged()
        from contexta_processor.investigate.compare.reproduced import Reproduced
        from contexta_processor.investigate.compare.scored import ScoreContext, compare_scores

        context = ScoreContext(options, stages, fairness, directions, units)
        scored = compare_scores(self.table, context)
        return Judged(
            rows=tuple(each.row for each in scored),
            reasons=_unscored(scored),
            support=Reproduced(self.table, scored, options),
        )


def load_sample_figures(query: Query, params: Params, samples: SampleTable) -> SampleFigures:
    """The scores of both runs' samples, pass or fail among them."""
    scores = query.query(statement("investigate/compare/scores"), params)
    if not scores.num_rows and not len(samples):
        return SampleFigures(None)
    slices = query.query(statement("investigate/compare/slices"), params)
    from contexta_processor.investigate.compare.scores import load_scores

    runs = {side: str(params[side]) for side in ("baseline", "candidate")}
    return SampleFigures(load_scores(scores, slices, samples, **runs))


def _unscored(scored: "Sequence[Scored]") -> tuple[Reason, ...]:
    """Scores that one run alone gave to samples both have: what is not scored is not fine."""
    return tuple(
        Reason(
            "scores_missing",
            f"{each.row.name}: {each.unscored} samples of both runs were scored in one alone",
            forbids=(f"calling {each.row.name} better or the same",) if each.row.withheld else (),
        )
        for each in scored
        if each.unscored and each.row.slice is None
    )
