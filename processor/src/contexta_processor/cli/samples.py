"""contexta samples: which samples does a run know, and which failed?"""

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
@click.option("--failed", is_flag=True, help="Only samples that failed or carry a failure tag.")
@click.option("--slice", "in_slice", metavar="S", help="Only samples of this slice.")
@click.option("--tag", metavar="T", help="Only samples with this failure tag.")
@limit_option(1000)
@project_option
@plain_evidence_options
@output_options
def samples(
    source: Source,
    output: Output,
    run: str,
    failed: bool,
    in_slice: str | None,
    tag: str | None,
    limit: int,
    project: str | None,
) -> None:
    """The samples of RUN, with their scores and failure tags."""
    from contexta_processor.investigate.run_names import resolve_run
    from contexta_processor.investigate.samples.listing import Picked, list_samples
    from contexta_processor.surfaces.views.samples import samples_view

    with source.open() as query:
        found = list_samples(
            query,
            resolve_run(query, run, project=project),
            Picked(failed, in_slice, tag),
            limit=limit or None,
        )
    output.show(found, samples_view)
    output.note_cut(len(found.samples), found.total, "sample")
