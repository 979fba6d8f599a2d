"""contexta release: what was quarantined may be relied on again."""

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
def release(
    source: Source, output: Output, id: str, reason: str, by: str | None, project: str | None
) -> None:
    """Take back that ID may not be relied on, whoever said so: a person, or a verification that found it changed or gone.

    It is evidence from then on, with who, why and when. Prints what may be relied on again, and what still rests on
    something else that is quarantined. Exit code: 0 it is told, 3 nothing is known by that id, or it is not quarantined.
    """
    decide("released", source, output, id, reason=reason, by=by, project=project)
