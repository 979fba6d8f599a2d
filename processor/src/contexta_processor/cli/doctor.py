"""contexta doctor: is the store fine, is the server, and does telemetry find its way there?"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import click

from contexta_processor.base.errors import Exit
from contexta_processor.cli.checks.check import Check, Level
from contexta_processor.cli.connect import Source
from contexta_processor.cli.options import evidence_options, output_options
from contexta_processor.investigate.results import Rows
from contexta_processor.surfaces.render.output import Output
from contexta_processor.surfaces.render.view import Block, Cell, Line, Tone, View

_MARKS: Final[dict[Level, tuple[str, Tone]]] = {
    "ok": ("✓", "good"),
    "warning": ("!", "warn"),
    "error": ("✗", "bad"),
}


@dataclass(frozen=True)
class Diagnosis:
    """Every check that was made, in order."""

    checks: Sequence[Check]

    @property
    def healthy(self) -> bool:
        """Whether no check failed (warnings are no failures)."""
        return not any(check.level == "error" for check in self.checks)

    def to_dict(self) -> dict[str, object]:
        """`{"healthy": …, "checks": [{name, level, detail, fix}]}`."""
        return {"healthy": self.healthy, "checks": [check.to_dict() for check in self.checks]}

    def rows(self) -> Rows:
        """One row per check."""
        columns = ("level", "name", "detail", "fix")
        return Rows(
            columns, [(each.level, each.name, each.detail, each.fix) for each in self.checks]
        )


@click.command()
@evidence_options
@output_options
@click.pass_context
def doctor(context: click.Context, source: Source, output: Output) -> None:
    """Check the data directory, the database, the server, and whether this shell's OTEL_* and CONTEXTA_*
    settings lead to it.

    Every problem comes with the command that solves it. The exit code is 1 if something is broken. Nothing is
    changed, and nothing is created.
    """
    from contexta_processor.cli.checks.every_check import check_all

    diagnosis = Diagnosis(check_all(source))
    output.show(diagnosis, doctor_view)
    if not diagnosis.healthy:
        context.exit(Exit.NEGATIVE)


def doctor_view(diagnosis: Diagnosis) -> View:
    """A line per check, its fix below it."""
    blocks: list[Block] = []
    for check in diagnosis.checks:
        mark, tone = _MARKS[check.level]
        blocks.append(Line.of(Cell(mark, tone), f" {check.name:<12} ", check.detail))
        if check.fix:
            blocks.append(Line.of(Cell(f"  {'':<12} → {check.fix}", "strong")))
    return View(tuple(blocks))
