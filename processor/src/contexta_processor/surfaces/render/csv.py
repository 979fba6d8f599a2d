"""CSV after RFC 4180, safe to open in a spreadsheet."""

import csv
import io

from contexta_processor.investigate.results import Rows
from contexta_processor.surfaces.render.text import safe_keeping_layout
from contexta_processor.surfaces.render.tsv import as_text

_FORMULA = ("=", "+", "-", "@", "\t")  # a lone \r is shown as text already


def dumps(rows: Rows) -> str:
    """The whole table. Text (never a number) that a spreadsheet would run as a formula gets a leading `'`."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([_field(name) for name in rows.columns])
    writer.writerows([_field(value) for value in row] for row in rows.values)
    return out.getvalue()


def _field(value: object) -> str:
    text = safe_keeping_layout(as_text(value).replace("\r\n", "\n"))
    is_text = not isinstance(value, int | float | bool)
    return f"'{text}" if is_text and text.startswith(_FORMULA) else text
