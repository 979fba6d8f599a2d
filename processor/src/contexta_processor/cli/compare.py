"""contexta compare BASE CANDIDATE: what changed between two runs."""

import click

from contexta_processor.cli.connect import Source
from contexta_processor.cli.options import evidence_options, output_options, project_option
from contexta_processor.surfaces.render.output import Output


@click.command()
@click.argument("base")
@click.argument("candidate")
@project_option
@evidence_options
@output_options
def compare(source: Source, output: Output, base: str, candidate: str, project: str | None) -> None:
    """What changed between two runs: metrics by scope, stage and slice, samples that broke, and what
    else differs.

    Δ is CANDIDATE minus BASE. What one side lacks is not comparable, never 0. The exit code is 0 whatever
    the answer.
    """
    from contexta_processor.investigate.compare.comparison import compare_runs
    from contexta_processor.investigate.run_names import resolve_run
    from contexta_processor.surfaces.views.compare import compare_view

    with source.open() as query:
        compared = compare_runs(
            query,
            resolve_run(query, base, project=project),
            resolve_run(query, candidate, project=project),
        )
    output.show(compared, compare_view)
