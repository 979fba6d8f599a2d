"""What a reader brings to a question: parameters, and tables in whatever form they are, as Arrow IPC streams."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, cast

from contexta_processor.base.errors import ContextaError

if TYPE_CHECKING:
    import pyarrow as pa


def streams_of(tables: Mapping[str, object] | None) -> dict[str, bytes]:
    """Each table as an Arrow IPC stream, by its name.

    Takes pyarrow tables and batches, whatever has `__arrow_c_stream__` (frames of pandas and polars, relations of DuckDB,
    answers of this library), a mapping of columns, or a list of rows as mappings.
    Raises: ContextaError for anything else.
    """
    return {name: _stream(name, table) for name, table in (tables or {}).items()}


def plain_params(params: Mapping[str, Any] | None) -> dict[str, Any]:
    """Values of `$name` as JSON carries them: times as ISO 8601 text, numbers of numpy as Python's."""
    return {name: _plain(value) for name, value in (params or {}).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat(" ") if isinstance(value, datetime) else value.isoformat()
    return value.item() if hasattr(value, "item") and getattr(value, "shape", None) == () else value


def _stream(name: str, given: object) -> bytes:
    import pyarrow as pa

    try:
        table = _table(given).replace_schema_metadata(None)
    except (pa.ArrowException, TypeError, ValueError) as error:
        raise ContextaError(
            f"the table {name!r} cannot be brought along",
            cause=f"{type(given).__name__}: {str(error).splitlines()[0]}",
            hint="give a pyarrow table, a frame, a mapping of columns or a list of rows",
        ) from error
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


def _table(given: object) -> "pa.Table":
    import pyarrow as pa

    if isinstance(given, pa.Table):
        return given
    if isinstance(given, pa.RecordBatch):
        return pa.Table.from_batches([given])
    if hasattr(given, "__arrow_c_stream__"):
        return pa.table(cast("Any", given))
    if isinstance(given, Mapping):
        return pa.table(dict(cast("Mapping[str, Any]", given)))
    if isinstance(given, Sequence) and not isinstance(given, str | bytes):
        return pa.Table.from_pylist(list(cast("Sequence[dict[str, Any]]", given)))
    raise TypeError("it is no table")
