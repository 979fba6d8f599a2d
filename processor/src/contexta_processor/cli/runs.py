"""contexta runs: which runs are there?"""

import click

from contexta_processor.cli.connect import Source
from contexta_processor.cli.options import (
    limit_option,
    output_options,
    plain_evidence_options,
    project_option,
)
from contexta_processor.investigate.runs import STATUSES, list_runs, projects_like
from contexta_processor.surfaces.render.output import Output


@click.command()
@project_option
@click.option("--status", type=click.Choice(STATUSES), help="Only runs that ended, or are, so.")
@click.option(
    "--type", "run_type", metavar="T", help="Only runs of this type: training, evaluation, …"
)
@limit_option(100)
@plain_evidence_options
@output_options
def runs(
    source: Source,
    output: Output,
    project: str | None,
    status: str | None,
    run_type: str | None,
    limit: int,
) -> None:
    """List runs, newest first.

    EVIDENCE says how whole what is known of a run is: a run that is still open, lost telemetry or
    was sent by something that doesn't number is never called complete.
    """
    from contexta_processor.surfaces.views.runs import runs_view

    with source.open() as query:
        found = list_runs(
            query, project=project, status=status, run_type=run_type, limit=limit or None
        )
        near = projects_like(query, project) if project and not found.runs else None
    output.show(found, runs_view)
    if near is not None:
        known = f"; there is {', '.join(near)}" if near else ""
        output.note(f"there is no project {project!r}{known}")
    output.note_cut(len(found.runs), found.total, "run")
