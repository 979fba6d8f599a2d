"""Tables a question brings along, made readable beside the evidence; runs in the sandbox's child alone.

The bytes are somebody's: they are read once every door is closed and memory is bounded, and checked through before
DuckDB sees them. A name of the evidence is never given to something else.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from contexta_processor.surfaces.sandbox.guard import Refused

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

_TAKEN = "SELECT table_name FROM duckdb_tables() UNION SELECT view_name FROM duckdb_views()"


def bring_in(connection: "duckdb.DuckDBPyConnection", streams: Mapping[str, bytes]) -> None:
    """Register each stream as a temporary view. Raises: Refused, MemoryError."""
    if not streams:
        return
    taken = {str(row[0]).casefold() for row in connection.execute(_TAKEN).fetchall()}
    for name, stream in streams.items():
        if name.casefold() in taken:
            raise Refused(
                f"the name {name!r} is taken",
                "the evidence has a table of that name, or two were brought that differ in case alone",
                "bring it under another name",
            )
        taken.add(name.casefold())
        connection.register(name, _checked(name, stream))


def _checked(name: str, stream: bytes) -> "pa.Table":
    import pyarrow as pa

    try:
        table = pa.ipc.open_stream(pa.py_buffer(stream)).read_all()
        table.validate(full=True)
    except MemoryError:
        raise
    except pa.ArrowException as error:
        raise _unreadable(name, str(error)) from error
    names = [str(column).casefold() for column in table.column_names]
    if len(set(names)) < len(names):
        raise _unreadable(name, "two of its columns have the same name")
    return table


def _unreadable(name: str, cause: str) -> Refused:
    first = cause.strip().splitlines()[0] if cause.strip() else "it is no Arrow stream"
    return Refused(f"the table {name!r} cannot be read", first, "bring an Arrow table")
