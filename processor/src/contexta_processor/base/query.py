"""The one way to read evidence: run this packaged statement, give me Arrow.

Two implementations: the database file (`store.file`) and a running server (`store.remote`).
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from contexta_processor.base.statement import Statement

if TYPE_CHECKING:
    import pyarrow as pa

Params = Mapping[str, object]


class Query(Protocol):
    """Something evidence can be asked of."""

    def query(self, statement: Statement, params: Params | None = None) -> "pa.Table":
        """Run one packaged SELECT with named parameters (`$name`); every parameter in the text must be given."""
        ...
