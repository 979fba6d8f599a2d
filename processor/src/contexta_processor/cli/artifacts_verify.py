"""contexta artifacts verify: are the files of a run still what was recorded? What is found is evidence from then on."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from contexta_processor.base.errors import Exit
from contexta_processor.cli.connect import Source
from contexta_processor.cli.options import evidence_options, output_options, project_option
from contexta_processor.cli.progress import Progress
from contexta_processor.surfaces.render.output import Output

if TYPE_CHECKING:
    from contexta_processor.investigate.artifacts import Artifact, Artifacts
    from contexta_processor.investigate.verification.verification import Verification

_REASONS = ("no_path", "remote", "outside_root", "no_digest", "unreadable", "changed_meanwhile")
_AT_ONCE = 1_000
"""Checks in one request: far below what any door takes."""


@click.command(name="verify")
@click.argument("run")
@click.option(
    "--root",
    type=click.Path(path_type=Path),
    default=Path(),
    metavar="DIR",
    help="Where recorded paths start from, and what nothing is read outside of.  [default: here]",
)
@click.option(
    "--accept",
    "accepted",
    multiple=True,
    type=click.Choice(_REASONS),
    help="What could not be verified for this reason is told, but no cause for exit code 3; may be repeated.",
)
@project_option
@evidence_options
@output_options
def verify(
    source: Source,
    output: Output,
    run: str,
    project: str | None,
    root: Path,
    accepted: tuple[str, ...],
) -> int:
    """Read the files of what RUN produced and consumed, and hold them against their recorded SHA-256.

    Every result (match, mismatch, missing, not verifiable) becomes evidence, with its time: told to the
    running server, or left in the inbox of the data directory. Exit code: 0 everything is as recorded, 1
    something is gone or another, 3 something could not be verified (for a reason that is not accepted), or nothing was.
    """
    from contexta_processor.investigate.artifacts import list_artifacts
    from contexta_processor.investigate.run_names import resolve_run
    from contexta_processor.surfaces.views.artifacts import verification_view

    with source.open() as query:
        found = list_artifacts(query, resolve_run(query, run, project=project))
    done = _checked(found, root, accepted)
    try:
        _tell(source, done)
    finally:
        output.show(done, verification_view)
    return {"match": Exit.OK, "differs": Exit.NEGATIVE, "undecided": Exit.UNDECIDED}[done.verdict]


def _checked(found: "Artifacts", root: Path, accepted: tuple[str, ...]) -> "Verification":
    from contexta_processor.investigate.verification.verification import (
        total_bytes,
        verify_artifacts,
    )

    with Progress(total_bytes((*found.produced, *found.consumed)), after_s=0) as progress:

        def read(artifact: "Artifact", count: int) -> None:
            progress.add(f"reading {artifact.path or artifact.artifact_id}", count)

        return verify_artifacts(found, root, read, accepted=accepted)


def _tell(source: Source, done: "Verification") -> None:
    from contexta_processor.base.signal import Signal
    from contexta_processor.cli.front_door import tell
    from contexta_processor.cli.verification_evidence import evidence_request

    for start in range(0, len(done.checks), _AT_ONCE):
        request = evidence_request(done.run_id, done.checks[start : start + _AT_ONCE])
        tell(source, Signal.LOGS, request)
