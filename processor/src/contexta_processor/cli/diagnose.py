"""contexta diagnose RUN, contexta diagnose --project P: what is wrong, and what to do about it?"""

from typing import TYPE_CHECKING, cast

import click

from contexta_processor.base.errors import Exit
from contexta_processor.cli.connect import Source
from contexta_processor.cli.options import evidence_options, output_options
from contexta_processor.surfaces.render.output import Output

if TYPE_CHECKING:
    from contexta_processor.investigate.diagnose.codes import Severity

DEFAULT_RUNS = 20


@click.command()
@click.argument("run", required=False)
@click.option(
    "--project",
    "-p",
    metavar="P",
    help="With RUN: look it up in this project. Without: the newest runs of this project.",
)
@click.option(
    "-n",
    "--limit",
    type=click.IntRange(0, 2**31 - 1),
    metavar="N",
    help=f"Without RUN: so many of the newest runs; 0 for all.  [default: {DEFAULT_RUNS}]",
)
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning", "info"]),
    help="Exit 1 if a finding is that severe or worse, 3 if there is nothing to judge.",
)
@evidence_options
@output_options
def diagnose(
    source: Source,
    output: Output,
    run: str | None,
    project: str | None,
    limit: int | None,
    fail_on: str | None,
) -> Exit:
    """What is wrong with RUN, or with the newest runs of a project: missing and failed stages, rows lost on
    the way, figures unlike those of earlier runs, lost evidence, deployments without ground.

    Each finding has a code (docs/diagnose.md explains them), a severity, the rows it rests on and the next
    step. Nothing found is only called healthy where the evidence is complete. The exit code is 0 whatever
    is found, unless --fail-on is given.
    """
    from contexta_processor.investigate.diagnose.diagnosis import diagnose_project, diagnose_run
    from contexta_processor.investigate.run_names import resolve_run
    from contexta_processor.surfaces.views.diagnose import diagnosed_view

    if run is None and project is None:
        raise click.UsageError("name a RUN, or a project with --project")
    if run is not None and limit is not None:
        raise click.UsageError("-n goes with --project alone: RUN is one run")
    with source.open() as query:
        if run is not None:
            found = diagnose_run(query, resolve_run(query, run, project=project))
        else:
            most = DEFAULT_RUNS if limit is None else limit or None
            found = diagnose_project(query, cast("str", project), limit=most)
    output.show(found, diagnosed_view)
    if fail_on is None:
        return Exit.OK
    if found.fails(cast("Severity", fail_on)):
        return Exit.NEGATIVE
    return Exit.OK if found.judgeable else Exit.UNDECIDED
