"""Reading the evidence database in this process; the one place where DuckDB's Arrow calls are made."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any

import duckdb

from contexta_processor.base.errors import ContextaError, Exit
from contexta_processor.base.query import Params
from contexta_processor.base.stale import stale_after_s
from contexta_processor.base.statement import Statement
from contexta_processor.journal.segment import list_segments

if TYPE_CHECKING:
    import pyarrow as pa


class FileQuery:
    """A `Query` over a connection: read-only on the file `database`, or a cursor of the process that writes it."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, database: Path | None = None) -> None:
        self._connection = connection
        self._database = database
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
            return cls(duckdb.connect(str(database), read_only=True), database)
        except duckdb.Error as error:
            raise unreadable(database, error) from error

    def query(self, statement: Statement, params: Params | None = None) -> "pa.Table":
        """Run one packaged SELECT; returns an Arrow table.

        Raises: ContextaError if the file is damaged where the answer is.
        """
        # Not connection.sql(): with parameters it makes a relation of the finished rows, value by value,
        # and 100,000 scores take 160 ms instead of 10.
        with self._readable():
            return self._connection.execute(statement.text, dict(params or {})).to_arrow_table()

    def first_row(self, statement: Statement) -> tuple[Any, ...]:
        """The first row of a packaged SELECT that has one, as Python objects and without Arrow."""
        with self._readable():
            row = self._connection.execute(statement.text).fetchone()
        assert row is not None, statement.name
        return row

    @contextmanager
    def _readable(self) -> Generator[None]:
        """Damage shows where it is read, which may be long after the file was opened."""
        try:
            yield
        except (duckdb.IOException, duckdb.FatalException) as error:
            if self._database is None:
                raise
            raise unreadable(self._database, error) from error

    def close(self) -> None:
        """Release the connection (and, for a file, its lock)."""
        self._connection.close()


def unreadable(database: Path, error: duckdb.Error) -> ContextaError:
    """What a person is told when the database cannot be opened, read or written: who has it, or what to do."""
    text = str(error).splitlines()[0]
    root = quote(str(database.parent))
    if "set lock" in text.lower():
        hint = f"contexta doctor --data {root}   (who holds it?)"
    elif "permission denied" in text.lower():
        hint = f"ls -l {root}   (whose is it, and who may read and write there?)"
    elif _whole_journal(database.parent / "journal"):
        damaged = quote(f"{database}.damaged")
        hint = f"mv {quote(str(database))} {damaged}   (the next command makes it anew from the journal)"
    else:
        hint = f"put a copy of {database.name} back: the journal beside it cannot make it anew"
    return ContextaError(
        f"cannot read the evidence in {database.parent}",
        cause=text,
        hint=hint,
        exit_code=Exit.UNREACHABLE,
    )


def _whole_journal(journal: Path) -> bool:
    """Whether everything that was ever acknowledged is still there."""
    try:
        segments = list_segments(journal)
    except OSError:
        return False
    return bool(segments) and segments[0].first == 0
