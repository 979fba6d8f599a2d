"""TSV: what a pipe gets. Whole values, one row a line, the column names first."""

from collections.abc import Iterator

from contexta_processor.investigate.results import Rows
from contexta_processor.surfaces.render.json import plain
from contexta_processor.surfaces.render.text import safe


def lines(rows: Rows) -> Iterator[str]:
    """Lines without their line break; tabs and breaks inside values are shown as `\\t` and `\\n`."""
    yield "\t".join(safe(name) for name in rows.columns)
    for row in rows.values:
        yield "\t".join(safe(as_text(value)) for value in row)


def as_text(value: object) -> str:
    """A value as one field: empty for None, lists and objects as JSON."""
    value = plain(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | dict):
        import json

        return json.dumps(value, sort_keys=True, ensure_ascii=False)
    return str(value)
