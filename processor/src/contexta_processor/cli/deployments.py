"""contexta deployments: what was deployed, from which run, on which evidence, and what was live when?"""

import click

from contexta_processor.cli.connect import Source
from contexta_processor.cli.options import evidence_options, output_options
from contexta_processor.surfaces.render.output import Output


@click.command()
@click.argument("id", required=False)
@click.option("--environment", "-e", metavar="E", help="Only deployments to this environment.")
@click.option(
    "--at",
    metavar="TIME",
    help="What was live at this moment: 2026-05-01T12:00Z (UTC without an offset).",
)
@evidence_options
@output_options
def deployments(
    source: Source, output: Output, id: str | None, environment: str | None, at: str | None
) -> None:
    """Every deployment and promotion; what was live at a moment; or, when its ID is given, one deployment
    in full: when it was live, on which evidence, and how it does in production."""
    from contexta_processor.investigate.deployments.deployments import (
        deployment_of,
        list_deployments,
    )
    from contexta_processor.investigate.deployments.live_at import live_at
    from contexta_processor.surfaces.views import deployments as views

    if id is not None and at is not None:
        raise click.UsageError(
            "--at asks what was live; an ID names a deployment: give one of them"
        )
    with source.open() as query:
        if id is not None:
            output.show(deployment_of(query, id), views.deployment_view)
        elif at is not None:
            output.show(live_at(query, at, environment=environment), views.live_at_view)
        else:
            output.show(list_deployments(query, environment=environment), views.deployments_view)
