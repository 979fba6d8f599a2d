"""contexta records: what happened in a run, in one line of time."""

import click

from contexta_processor.cli.connect import Source
from contexta_processor.cli.options import (
    limit_option,
    output_options,
    plain_evidence_options,
    project_option,
)
from contexta_processor.surfaces.render.output import Output


@click.command()
@click.argument("run")
@click.option(
    "--type",
    "record_type",
    type=click.Choice(["event", "metric", "span", "degraded_marker"]),
    help="Only records of this type.",
)
@click.option("--stage", metavar="S", help="Only records of this stage.")
@limit_option(1000)
@project_option
@plain_evidence_options
@output_options
def records(
    source: Source,
    output: Output,
    run: str,
    record_type: str | None,
    stage: str | None,
    limit: int,
    project: str | None,
) -> None:
    """The events, metrics, spans and degraded markers of RUN, in order of time."""
    from contexta_processor.investigate.records import list_records
    from contexta_processor.investigate.run_names import resolve_run
    from contexta_processor.surfaces.views.records import records_view

    with source.open() as query:
        found = list_records(
            query,
            resolve_run(query, run, project=project),
            record_type=record_type,
            stage=stage,
            limit=limit or None,
        )
    output.show(found, records_view)
    output.note_cut(len(found.records), found.total, "record")
