"""contexta environment: where and with which configuration a run ran."""

import click

from contexta_processor.cli.connect import Source
from contexta_processor.cli.options import output_options, plain_evidence_options, project_option
from contexta_processor.surfaces.render.output import Output


@click.command()
@click.argument("run")
@project_option
@plain_evidence_options
@output_options
def environment(source: Source, output: Output, run: str, project: str | None) -> None:
    """Where RUN ran: interpreter, platform, hardware, code, packages, and its configuration."""
    from contexta_processor.investigate.environment import environment_of
    from contexta_processor.investigate.run_names import resolve_run
    from contexta_processor.surfaces.views.environment import environment_view

    with source.open() as query:
        found = environment_of(query, resolve_run(query, run, project=project))
    output.show(found, environment_view)
