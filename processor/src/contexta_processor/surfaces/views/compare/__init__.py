"""How a comparison reads: what it comes to, whether it is fair, what moved, where, and what else differs."""

from contexta_processor.investigate.compare.sides.result import AnyComparison, SideComparison
from contexta_processor.surfaces.render.view import Block, Cell, Line, View
from contexta_processor.surfaces.views.compare.circumstances import (
    artifact_blocks,
    difference_blocks,
    duration_blocks,
    limit_blocks,
)
from contexta_processor.surfaces.views.compare.figures import metric_blocks, slice_blocks
from contexta_processor.surfaces.views.compare.matrix import comparisons_view
from contexta_processor.surfaces.views.compare.prose import (
    finding_blocks,
    step_blocks,
    verdict_line,
)
from contexta_processor.surfaces.views.compare.samples import sample_blocks
from contexta_processor.surfaces.views.compare.sides import side_view

__all__ = ["compare_view", "comparisons_view"]


def compare_view(result: AnyComparison) -> View:
    """The sentence, fairness, figures, slices, samples, durations, differences, artifacts, findings, next steps."""
    if isinstance(result, SideComparison):
        return side_view(result)
    blocks: list[Block] = [
        Line.of(Cell(result.baseline_run, "strong"), " → ", Cell(result.candidate_run, "strong")),
        verdict_line(result),
        *limit_blocks(result),
        *metric_blocks(result),
        *slice_blocks(result),
        *sample_blocks(result),
        *duration_blocks(result),
        *difference_blocks(result),
        *artifact_blocks(result),
        *finding_blocks(result),
        *step_blocks(result),
    ]
    return View(tuple(blocks))
