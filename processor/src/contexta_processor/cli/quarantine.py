"""contexta quarantine: this may not be relied on, and nothing that came from it."""

import click

from contexta_processor.cli.connect import Source
from contexta_processor.cli.decision import decide, decision_options
from contexta_processor.cli.options import evidence_options, output_options, project_option
from contexta_processor.surfaces.render.output import Output


@click.command()
@click.argument("id")
@decision_options
@project_option
@evidence_options
@output_options
def quarantine(
    source: Source, output: Output, id: str, reason: str, by: str | None, project: str | None
) -> None:
    """Say that ID may not be relied on: a data set, artifact, run, or anything else with an id (a run by any of its names).

    It is evidence from then on, with who, why and when. ID, and all that came from it at any depth, is marked as tainted
    wherever it is shown, until `contexta release`. Prints what that is. Exit code: 0 it is told, 3 nothing is known by that id.
    """
    decide("quarantined", source, output, id, reason=reason, by=by, project=project)
