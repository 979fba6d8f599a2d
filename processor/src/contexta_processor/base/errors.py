"""Errors a person reads: what happened, why, and the next command."""

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes of the `contexta` command (the surface contract)."""

    OK = 0
    NEGATIVE = 1
    USAGE = 2
    UNDECIDED = 3
    UNREACHABLE = 4
    OUR_BUG = 101


class ContextaError(Exception):
    """An error with a cause and a hint; the command line prints it in three lines, never as a traceback."""

    def __init__(self, what: str, *, cause: str, hint: str, exit_code: Exit = Exit.USAGE) -> None:
        super().__init__(what)
        self.what = what
        self.cause = cause
        self.hint = hint
        self.exit_code = exit_code

    def __str__(self) -> str:
        return f"{self.what}: {self.cause} (hint: {self.hint})"
