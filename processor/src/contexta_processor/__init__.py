"""The evidence processor: receive OpenTelemetry, keep it, reconstruct ML evidence, answer questions.

Reading from Python:

    from contexta_processor import connect

    connect("./.contexta").run("latest")
"""

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contexta_processor.cli.reading import Evidence

__version__ = "2.0.0"

__all__ = ["__version__", "connect"]


def connect(place: "str | os.PathLike[str] | None" = None) -> "Evidence":
    """The evidence in a data directory (`$CONTEXTA_DATA`, else `./.contexta`), or of a server by its address.

    Returns: an object with `.runs()`, `.run(name)`, `.compare(a, b)`, `.diagnose(name)`, `.trend(metric)`,
        `.lineage(id)`, `.sql(query)` and the other questions of the command line. Answers have `.to_dict()`,
        `.arrow()`, `.df()` and `.pl()`, go into whatever takes Arrow, and show themselves in a notebook.
    """
    from contexta_processor.cli.reading import (
        connect as connected,  # heavy: not for `contexta --help`
    )

    return connected(place)
