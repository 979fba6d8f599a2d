"""Packaged SQL: the only statements that run where the writable database is.

A statement is a `.sql` file next to the code that runs it, known by `<package>/<file stem>`
(`investigate/runs`). A client of a running server sends the name and the parameters, never SQL text.
"""

from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import PurePosixPath

ROOT = "contexta_processor"


@dataclass(frozen=True)
class Statement:
    """One packaged SELECT: `name` as sent between processes, `text` as run."""

    name: str
    text: str


@cache
def statement(name: str) -> Statement:
    """Load `<package>/<stem>` from the packaged `.sql` files.

    Raises: KeyError if there is no such file, or the name is not a plain relative one.
    """
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or len(path.parts) < 2:
        raise KeyError(name)
    file = resources.files(ROOT).joinpath(*path.parts[:-1]).joinpath(path.name + ".sql")
    if not file.is_file():
        raise KeyError(name)
    return Statement(name, file.read_text(encoding="utf-8"))
