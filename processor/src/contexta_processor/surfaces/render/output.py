"""Where results go: standard output, in the format that was asked for or fits where it leads."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeVar

from contexta_processor.investigate.results import Result
from contexta_processor.surfaces.render.text import safe
from contexta_processor.surfaces.render.view import View, at_place

Format = Literal["table", "tsv", "json", "csv", "md"]
R = TypeVar("R", bound=Result)


@dataclass(frozen=True)
class Output:
    """Standard output in one format. Results only: everything said about them goes to standard error.

    place: how the evidence was named on the command line (`--data DIR`), for the commands that are shown to go on with.
    """

    format: Format
    place: str = ""

    @classmethod
    def chosen(cls, asked: Format | None, *, place: str = "") -> "Output":
        """What was asked for, else a table on a terminal and TSV in a pipe."""
        return cls(asked or ("table" if sys.stdout.isatty() else "tsv"), place)

    def show(self, result: R, view: Callable[[R], View]) -> None:
        """Print one result; `view` says how it reads to a person."""
        if self.format == "json":
            from contexta_processor.surfaces.render import json

            self.write(json.dumps(result.to_dict()))
        elif self.format == "csv":
            from contexta_processor.surfaces.render import csv

            self.write(csv.dumps(result.rows()))
        elif self.format == "md":
            from contexta_processor.surfaces.render import markdown

            self.write(markdown.dumps(view(result)))
        elif self.format == "tsv":
            from contexta_processor.surfaces.render import tsv

            self.write("".join(f"{line}\n" for line in tsv.lines(result.rows())))
        else:
            self._draw(view(result))

    def write(self, text: str) -> None:
        """Text to standard output as it is, already made safe for it."""
        sys.stdout.write(text)

    def note(self, text: str) -> None:
        """One line about the result (what was left out, what to run next) on standard error."""
        sys.stderr.write(f"{safe(text)}\n")

    def note_cut(self, shown: int, total: int, noun: str) -> None:
        """Say on standard error that a list was cut, unless the table itself says so."""
        if shown < total and self.format not in ("table", "md"):
            self.note(f"{shown:,} of {total:,} {noun}s; -n 0 for all")

    def _draw(self, view: View) -> None:
        from contexta_processor.surfaces.render.table import print_view
        from contexta_processor.surfaces.render.terminal import Terminal

        print_view(at_place(view, self.place), Terminal())
