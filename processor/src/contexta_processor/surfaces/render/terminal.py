"""Standard output as rich sees it. Imported only when something is drawn."""

import os
import sys

from rich.console import Console


class Terminal(Console):
    """Where a view is drawn: as wide as the terminal, or as wide as it wants to be in a pipe."""

    def __init__(self) -> None:
        wide = None if sys.stdout.isatty() or "COLUMNS" in os.environ else 10_000
        super().__init__(file=sys.stdout, highlight=False, width=wide)

    def on_broken_pipe(self) -> None:
        """Leave it to the command line: rich's own answer is exit code 1, which would read as a verdict."""
        raise BrokenPipeError
