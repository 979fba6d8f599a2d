"""JSON Lines: one object a line, keys sorted, the same bytes for the same data; and files that are whole or not there."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from contexta_processor.base.errors import ContextaError, Exit
from contexta_processor.surfaces.render.json import plain
from contexta_processor.surfaces.render.text import json_safe


def json_lines(rows: Iterable[Mapping[str, object]]) -> str:
    """A line per row, each ending in a line break; NaN and ±Infinity as strings, times as ISO 8601 in UTC."""
    return "".join(f"{_line(row)}\n" for row in rows)


def _line(row: Mapping[str, object]) -> str:
    text = json.dumps(plain(row), sort_keys=True, ensure_ascii=False, allow_nan=False)
    return json_safe(text)


def write_whole(file: Path, text: str) -> None:
    """Write a file beside its place and rename it, so that nobody reads half of it. Raises: ContextaError."""
    unfinished = file.with_name(f".{file.name}.part")
    try:
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(file)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise cannot_write(file, error) from error


def cannot_write(file: Path, error: OSError) -> ContextaError:
    """The error for a file that cannot be written."""
    return ContextaError(
        f"cannot write {file}",
        cause=error.strerror or str(error),
        hint="name a file in a directory that is there and can be written to",
        exit_code=Exit.USAGE,
    )
