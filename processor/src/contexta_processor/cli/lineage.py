"""contexta lineage: what is a run, artifact, report or deployment connected to?"""

from typing import cast

import click

from contexta_processor.cli.connect import Source
from contexta_processor.cli.options import evidence_options, output_options, project_option
from contexta_processor.surfaces.render.output import Output


@click.command()
@click.argument("id")
@click.option("--up", "direction", flag_value="up", help="Only what it came from.")
@click.option("--down", "direction", flag_value="down", help="Only what came from it.")
@click.option("--both", "direction", flag_value="both", default="both", help="Both.  [default]")
@click.option(
    "--depth",
    type=click.IntRange(1, 100),
    default=6,
    show_default=True,
    metavar="N",
    help="How many hops to go.",
)
@project_option
@evidence_options
@output_options
def lineage(
    source: Source, output: Output, id: str, direction: str, depth: int, project: str | None
) -> None:
    """What ID is connected to: a run (by any of its names), artifact, report or deployment.

    Every relationship says who told it and whether that was direct or inferred.
    """
    from contexta_processor.investigate.lineage.lineage import Direction, lineage_of
    from contexta_processor.surfaces.views.lineage import lineage_view

    towards = cast("Direction", direction)
    with source.open() as query:
        found = lineage_of(query, id, direction=towards, depth=depth, project=project)
    output.show(found, lineage_view)
