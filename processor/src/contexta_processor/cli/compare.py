"""contexta compare BASE CANDIDATE [CANDIDATE…]: what changed between runs."""

from typing import TYPE_CHECKING

import click

from contexta_processor.cli.connect import Source
from contexta_processor.cli.options import evidence_options, output_options, project_option
from contexta_processor.surfaces.render.output import Output

if TYPE_CHECKING:
    from contexta_processor.investigate.compare.several import Comparisons
    from contexta_processor.investigate.compare.sides.result import AnyComparison
    from contexta_processor.surfaces.render.view import View


@click.command()
@click.argument("base")
@click.argument("candidates", metavar="CANDIDATE...", nargs=-1, required=True)
@click.option(
    "--margin",
    "margins",
    multiple=True,
    metavar="NAME=VALUE",
    help="Differences of this metric up to VALUE are the same; may be repeated.  [default: 0.02 for shares, else 2 % of the base]",
)
@click.option(
    "--confidence",
    type=float,
    default=0.95,
    show_default=True,
    metavar="C",
    help="How often an interval holds the true difference.",
)
@click.option(
    "--cluster",
    metavar="KEY",
    help="Samples alike in KEY count as one group: batch, a sample attribute, or the prefix of a slice.",
)
@click.option(
    "--samples",
    "listed",
    type=click.IntRange(0, 2**31 - 1),
    default=100,
    show_default=True,
    metavar="N",
    help="List at most this many samples of each kind; 0 for all. Counts are always whole.",
)
@project_option
@evidence_options
@output_options
def compare(
    source: Source,
    output: Output,
    base: str,
    candidates: tuple[str, ...],
    margins: tuple[str, ...],
    confidence: float,
    cluster: str | None,
    listed: int,
    project: str | None,
) -> None:
    """What changed between two runs: whether they may be compared, every figure with its interval and
    verdict, samples that broke, and what else differs. With several candidates, each against BASE.

    BASE and CANDIDATE may each be several runs, such as the seeds of a training: names joined by commas, or
    tag:KEY=VALUE. Figures are then means over runs, held against how far the runs lie apart.

    Δ is CANDIDATE minus BASE. What one side lacks is not comparable, never 0. The exit code is 0 whatever
    the answer.
    """
    from contexta_processor.investigate.compare.options import CompareOptions, margins_of
    from contexta_processor.investigate.compare.several import compare_several
    from contexta_processor.investigate.compare.sides.selecting import resolve_side

    options = CompareOptions(margins_of(margins), confidence, cluster, listed or None)
    with source.open() as query:
        sides = [resolve_side(query, name, project=project) for name in (base, *candidates)]
        compared = compare_several(query, sides[0], sides[1:], options)
    if len(compared.comparisons) == 1:
        output.show(compared.comparisons[0], _one)
    else:
        output.show(compared, _several)


def _one(result: "AnyComparison") -> "View":
    """The views are not loaded for JSON and CSV."""
    from contexta_processor.surfaces.views.compare import compare_view

    return compare_view(result)


def _several(result: "Comparisons") -> "View":
    from contexta_processor.surfaces.views.compare import comparisons_view

    return comparisons_view(result)
