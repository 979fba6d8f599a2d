"""contexta artifacts: what a run produced and consumed, and whether it is still what was recorded."""

from typing import Any

import click

from contexta_processor.cli.connect import Source
from contexta_processor.cli.options import output_options, plain_evidence_options, project_option
from contexta_processor.surfaces.render.output import Output


class ArtifactsCommand(click.Command):
    """`artifacts RUN`, and `artifacts verify RUN`, which has options of its own."""

    def forms(self) -> dict[str, click.Command]:
        """The commands behind a first word of their own."""
        from contexta_processor.cli.artifacts_verify import verify
        from contexta_processor.cli.examples import epilog

        verify.epilog = epilog("artifacts verify")
        return {"verify": verify}

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        """The context of whichever of the two was asked for."""
        if args[:1] != ["verify"]:
            return super().make_context(info_name, args, parent, **extra)
        form = self.forms()["verify"]
        return form.make_context(f"{info_name} verify", args[1:], parent, **extra)


@click.command(cls=ArtifactsCommand)
@click.argument("run")
@project_option
@plain_evidence_options
@output_options
def artifacts(source: Source, output: Output, run: str, project: str | None) -> None:
    """What RUN produced and what it consumed, and what the last check of each found.

    `contexta artifacts verify RUN --root DIR` reads the files and says whether they are still what was
    recorded; `contexta artifacts verify --help` has its options.
    """
    from contexta_processor.investigate.artifacts import list_artifacts
    from contexta_processor.investigate.run_names import resolve_run
    from contexta_processor.surfaces.views.artifacts import artifacts_view

    with source.open() as query:
        found = list_artifacts(query, resolve_run(query, run, project=project))
    output.show(found, artifacts_view)
