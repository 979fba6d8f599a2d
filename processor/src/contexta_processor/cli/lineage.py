"""contexta lineage: what is a run, artifact, report or deployment connected to?"""

from typing import TYPE_CHECKING, cast

import click

from contexta_processor.cli.connect import Source
from contexta_processor.cli.options import output_options, plain_evidence_options, project_option
from contexta_processor.surfaces.render.output import Output

if TYPE_CHECKING:
    from contexta_processor.surfaces.render.drawing import Drawing

_ALL = "\x00all"
"""`--why` without a name."""


@click.command()
@click.argument("id")
@click.argument("other", required=False)
@click.option("--to", "to", metavar="ID", help="Only the way from ID to this one, as OTHER.")
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
@click.option(
    "-n",
    "--limit",
    type=click.IntRange(0, 2**31 - 1),
    default=500,
    show_default=True,
    metavar="N",
    help="At most this many things; 0 for all.",
)
@click.option(
    "--why",
    is_flag=False,
    flag_value=_ALL,
    metavar="[EDGE]",
    help='Why the relationships shown are believed, or one: "FROM TYPE TO", a type, or the id of one end.',
)
@click.option("--mermaid", is_flag=True, help="A Mermaid flowchart.")
@click.option("--dot", is_flag=True, help="A graph for Graphviz.")
@project_option
@plain_evidence_options
@output_options
def lineage(
    source: Source,
    output: Output,
    id: str,
    other: str | None,
    to: str | None,
    direction: str,
    depth: int,
    limit: int,
    why: str | None,
    mermaid: bool,
    dot: bool,
    project: str | None,
) -> None:
    """What ID is connected to: a run (by any of its names), artifact, data set, sample set, report, deployment or environment.

    Every relationship says who told it and whether that was direct or inferred; what is quarantined, and all that
    came from it, is marked. With OTHER: how the two are connected.
    """
    from contexta_processor.investigate.lineage.lineage import Direction, lineage_of
    from contexta_processor.investigate.lineage.why import explain
    from contexta_processor.surfaces.views.lineage import lineage_view
    from contexta_processor.surfaces.views.lineage_drawing import lineage_drawing
    from contexta_processor.surfaces.views.lineage_why import why_view

    if mermaid and dot:
        raise click.UsageError("--mermaid and --dot exclude each other")
    if other is not None and to is not None:
        raise click.UsageError("--to and a second ID exclude each other")
    goal = other if other is not None else to
    if goal is not None:
        if why is not None:
            raise click.UsageError("--why is about one ID; leave out the second")
        _connect(source, output, (id, goal), project, mermaid=mermaid, dot=dot)
        return
    towards = cast("Direction", direction)
    with source.open() as query:
        found = lineage_of(query, id, direction=towards, depth=depth, limit=limit, project=project)
        reasons = None if why is None else explain(query, found, None if why == _ALL else why)
    if mermaid or dot:
        _draw(output, lineage_drawing(found), dot=dot)
    elif reasons is not None:
        output.show(reasons, why_view)
    else:
        output.show(found, lineage_view)


def _connect(
    source: Source,
    output: Output,
    ends: tuple[str, str],
    project: str | None,
    *,
    mermaid: bool,
    dot: bool,
) -> None:
    from contexta_processor.investigate.lineage.path import connection_of
    from contexta_processor.surfaces.views.lineage import connection_view
    from contexta_processor.surfaces.views.lineage_drawing import connection_drawing

    with source.open() as query:
        found = connection_of(query, *ends, project=project)
    if mermaid or dot:
        _draw(output, connection_drawing(found), dot=dot)
    else:
        output.show(found, connection_view)


def _draw(output: Output, drawing: "Drawing", *, dot: bool) -> None:
    from contexta_processor.surfaces.render import dot as graphviz
    from contexta_processor.surfaces.render import mermaid

    output.write(graphviz.dumps(drawing) if dot else mermaid.dumps(drawing))
