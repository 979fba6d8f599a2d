"""Everything that can be logged: `log_…` on a scope, and as `contexta.log_…` on the innermost one.

Each call validates at the caller's line, takes the time and the next number, and returns. Encoding,
hashing and sending happen on other threads.
"""

from __future__ import annotations

from contexta.records.log_materials import Materials
from contexta.records.log_results import Results
from contexta.records.log_statements import Statements
from contexta.records.sink import Sink

__all__ = ["Records", "Sink"]


class Records(Results, Materials, Statements):
    """The `log_…` calls. Units, errors and attributes are those of the wire contract."""
