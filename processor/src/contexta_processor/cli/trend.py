"""contexta trend METRIC: how does a figure move, over runs, over steps, over the time of a deployment?"""

from typing import Any

import click

from contexta_processor.cli.connect import Source
from contexta_processor.cli.options import evidence_options, output_options, project_option
from contexta_processor.investigate.trend.asked import DEFAULT_SPREAD, KINDS, Asked
from contexta_processor.surfaces.render.output import Output


@click.command()
@click.argument("metric")
@click.option(
    "--of",
    type=click.Choice(KINDS),
    default="metric",
    show_default=True,
    help="What METRIC names: a metric or sample score; `run` or a stage (duration); a kind of artifact (artifact-size); `samples` or a failure tag (failure-rate).",
)
@click.option("--run", "run_id", metavar="RUN", help="Over the steps of this run, not over runs.")
@click.option("--type", "run_type", metavar="T", help="Only runs of this type.")
@click.option("--stage", metavar="S", help="Only what was measured in this stage.")
@click.option("--slice", metavar="X", help="Only what was measured on this slice.")
@click.option("--scope", metavar="SCOPE", help="Only this scope: run, stage, slice, sample, ….")
@click.option("--environment", "-e", metavar="E", help="Only deployments to this environment.")
@click.option(
    "--last",
    "-n",
    type=click.IntRange(0, 2**31 - 1),
    metavar="N",
    help="The newest N runs of each project and type; over steps and time, values. 0 for all.  [default: 100 runs, 100,000 steps, 1,000 values over time]",
)
@click.option(
    "--against",
    metavar="REF",
    help="Drift from this: a run, artifact or deployment, or a stretch A..B of the trend (runs, steps or days).  [default: the reference the metric declares]",
)
@click.option(
    "--band",
    "spread",
    type=click.FloatRange(min=0.1, max=100),
    default=DEFAULT_SPREAD,
    show_default=True,
    metavar="K",
    help="Usual is the median of the 20 values before, give or take K robust standard deviations.",
)
@click.option(
    "--changes/--no-changes",
    default=None,
    help="Look for change points.  [default: over runs and time, not over steps]",
)
@project_option
@evidence_options
@output_options
def trend(source: Source, output: Output, metric: str, **asked: Any) -> None:
    """How METRIC moves: over runs (the final value of each), over the steps of one run, and over time where
    deployed services measure it.

    What differs in project, type, stage, slice, scope, unit or aggregation is a series of its own. A run without a
    figure is a gap, never 0. Deployments are marked where they went live.
    """
    from contexta_processor.investigate.trend.trend import trend_of
    from contexta_processor.surfaces.views.trend import trend_view

    with source.open() as query:
        found = trend_of(query, Asked(metric, **asked))
    output.show(found, trend_view)
