"""Reading the evidence database in this process; the one place where DuckDB's Arrow calls are made."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from contexta_processor.base.errors import ContextaError, Exit
from contexta_processor.base.query import Params
from contexta_processor.base.stale import stale_after_s
from contexta_processor.base.statement import Statement

if TYPE_CHECKING:
    import pyarrow as pa


class FileQuery:
    """A `Query` over a connection: read-only on a file, or a cursor of the process that writes it."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        connection.execute(f"SET VARIABLE stale_after_s = {stale_after_s()!r}::DOUBLE")

    @classmethod
    def open(cls, database: Path) -> "FileQuery":
        """Open a database nobody is writing.

        Raises: ContextaError if it is missing, held by another process, damaged or too new.
        """
        if not database.is_file():
            raise ContextaError(
                f"no evidence in {database.parent}",
                cause=f"{database.name} does not exist",
                hint="contexta serve   (then run a job), or --data DIR for another directory",
                exit_code=Exit.UNREACHABLE,
            )
        try:
            return cls(duckdb.connect(str(database), read_only=True))
        except duckdb.Error as error:
            raise unreadable(database, error) from error

    def query(self, statement: Statement, params: Params | None = None) -> "pa.Table":
        """Run one packaged SELECT; returns an Arrow table."""
        # Not connection.sql(): with parameters it makes a relation of the finished rows, value by value,
        # and 100,000 scores take 160 ms instead of 10.
        return self._connection.execute(statement.text, dict(params or {})).to_arrow_table()

    def first_row(self, statement: Statement) -> tuple[Any, ...]:
        """The first row of a packaged SELECT that has one, as Python objects and without Arrow."""
        row = self._connection.execute(statement.text).fetchone()
        assert row is not None, statement.name
        return row

    def close(self) -> None:
        """Release the connection (and, for a file, its lock)."""
        self._connection.close()


def unreadable(database: Path, error: duckdb.Error) -> ContextaError:
    """What a person is told when the database cannot be opened."""
    text = str(error).splitlines()[0]
    if "lock" in text.lower():
        hint = f"contexta doctor --data {database.parent}   (who holds it?)"
    else:
        hint = f"contexta doctor --data {database.parent}   (the journal beside it can rebuild it)"
    return ContextaError(
        f"cannot read the evidence in {database.parent}",
        cause=text,
        hint=hint,
        exit_code=Exit.UNREACHABLE,
    )
