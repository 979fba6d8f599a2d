"""contexta show: one run in full."""

import click

from contexta_processor.cli.connect import Source
from contexta_processor.cli.options import output_options, plain_evidence_options, project_option
from contexta_processor.surfaces.render.output import Output


@click.command()
@click.argument("run")
@project_option
@plain_evidence_options
@output_options
def show(source: Source, output: Output, run: str, project: str | None) -> None:
    """One run in full: stages, metrics by slice, samples that failed, artifacts, lineage,
    environment, and what is missing.

    RUN is an id, the beginning of one, a name, `latest`, `prev` or `tag:NAME`.
    """
    from contexta_processor.investigate.run_names import resolve_run
    from contexta_processor.investigate.show import show_run
    from contexta_processor.surfaces.views.show import show_view

    with source.open() as query:
        shown = show_run(query, resolve_run(query, run, project=project))
    output.show(shown, show_view)
