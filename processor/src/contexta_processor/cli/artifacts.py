"""contexta artifacts: what a run produced and consumed."""

import click

from contexta_processor.cli.connect import Source
from contexta_processor.cli.options import evidence_options, output_options, project_option
from contexta_processor.surfaces.render.output import Output


@click.command()
@click.argument("run")
@project_option
@evidence_options
@output_options
def artifacts(source: Source, output: Output, run: str, project: str | None) -> None:
    """What RUN produced and what it consumed."""
    from contexta_processor.investigate.artifacts import list_artifacts
    from contexta_processor.investigate.run_names import resolve_run
    from contexta_processor.surfaces.views.artifacts import artifacts_view

    with source.open() as query:
        found = list_artifacts(query, resolve_run(query, run, project=project))
    output.show(found, artifacts_view)
