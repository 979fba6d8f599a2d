"""contexta deployments: what was deployed, from which run, on which evidence?"""

import click

from contexta_processor.cli.connect import Source
from contexta_processor.cli.options import evidence_options, output_options
from contexta_processor.surfaces.render.output import Output


@click.command()
@click.argument("id", required=False)
@click.option("--environment", "-e", metavar="E", help="Only deployments to this environment.")
@evidence_options
@output_options
def deployments(source: Source, output: Output, id: str | None, environment: str | None) -> None:
    """Every deployment, or one in full when its ID is given."""
    from contexta_processor.investigate.deployments import deployment_of, list_deployments
    from contexta_processor.surfaces.views.deployments import deployment_view, deployments_view

    with source.open() as query:
        if id is not None:
            output.show(deployment_of(query, id), deployment_view)
        else:
            output.show(list_deployments(query, environment=environment), deployments_view)
