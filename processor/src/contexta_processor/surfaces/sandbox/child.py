"""The child process that runs one user statement (started by `sandbox`, never imported by it).

Doors and locks, in this order (docs/adr/0007-user-sql.md has the escapes each one closes):
  1 core files off, CPU time, an alarm at the deadline         before anything is imported
  2 DuckDB opened read-only with no extensions, secrets, frames or spill
  3 the local file system disabled, then the settings locked
  4 exactly one reading statement                              `guard`
  5 no file of any size can be written, none more opened       RLIMIT_FSIZE, RLIMIT_NOFILE
  6 address space bounded                                      RLIMIT_AS
  7 tables the question brings along, read and checked behind all of these
  8 BEGIN TRANSACTION READ ONLY, then the statement
stdin: one request (`request`). stdout: an Arrow IPC stream (exit 0), or a JSON error (exit 1).
"""

import importlib
import json
import os
import re
import resource
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from contexta_processor.base.without_numpy import import_arrow_alone
from contexta_processor.base.without_pandas import do_without_pandas
from contexta_processor.surfaces.sandbox.guard import (
    UNREACHABLE,
    Refused,
    fault,
    the_one_statement,
)
from contexta_processor.surfaces.sandbox.request import unframed
from contexta_processor.surfaces.sandbox.tables import bring_in

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

ROWS_PER_BATCH = 20_000
MIB = 1024 * 1024

SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "allow_unsigned_extensions": "false",
    "allow_persistent_secrets": "false",
    "python_enable_replacements": "false",
    "temp_directory": "",
}

# Types whose Arrow form loses or hides the value: UHUGEINT comes out as a signed number, BIT and BIGNUM as
# DuckDB's internal bytes, TIMETZ without its offset. They travel as DuckDB's own text, also inside lists.
_AS_TEXT = re.compile(
    r"\b(UHUGEINT|BIGNUM|VARINT|BIT|TIME WITH TIME ZONE|TIME_NS|INTERVAL|UNION|VARIANT|GEOMETRY)\b"
)


def main() -> int:
    """Read the request, answer it; the exit code says whether the answer is Arrow (0) or an error (1)."""
    do_without_pandas()
    import_arrow_alone()
    importlib.import_module(
        "duckdb"
    )  # while the caller still looks for the database, and files can be opened
    received = sys.stdin.buffer.read()
    if not received:
        return 1  # the caller needs no answer
    request, tables = unframed(received)
    limits: Mapping[str, Any] = request["limits"]
    _limit_time(limits)
    try:
        table = answer(
            request["text"], request["params"], Path(request["database"]), limits, tables
        )
    except Refused as refused:
        sys.stdout.buffer.write(json.dumps(refused.answer).encode())
        sys.stdout.buffer.flush()
        return 1
    _write(table)
    return 0


def answer(
    text: str,
    params: Mapping[str, Any],
    database: Path,
    limits: Mapping[str, Any],
    tables: Mapping[str, bytes],
) -> "pa.Table":
    """Run the one statement in `text` behind every lock, `tables` beside the evidence. Raises: Refused."""
    import duckdb

    connection = _open(database, limits)
    try:
        statements = the_one_statement(text)
        _close_the_doors(limits)
        bring_in(connection, tables)
        connection.execute("BEGIN TRANSACTION READ ONLY")
        return _run(connection, statements, params, limits)
    except duckdb.OutOfMemoryException as error:
        raise _memory(limits) from error
    except MemoryError as error:
        raise _memory(limits) from error
    except duckdb.Error as error:
        raise fault(error) from error


def _limit_time(limits: Mapping[str, Any]) -> None:
    """Let the kernel end this process at the deadline even when its parent is gone."""
    seconds = float(limits["seconds"])
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    cpu = max(1, int(seconds * int(limits["threads"])) + 2)
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 1))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, seconds + 2)


def _open(database: Path, limits: Mapping[str, Any]) -> "duckdb.DuckDBPyConnection":
    import duckdb

    settings = SETTINGS | {
        "memory_limit": f"{limits['memory_mb']}MB",
        "threads": str(limits["threads"]),
    }
    try:
        connection = duckdb.connect(str(database), read_only=True, config=settings)
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(
            f"SET VARIABLE stale_after_s = {float(limits.get('stale_after_s', 60))!r}::DOUBLE"
        )
        connection.execute("SET disabled_filesystems = 'LocalFileSystem'")
        connection.execute("SET lock_configuration = true")
    except duckdb.Error as error:
        raise Refused(
            "cannot read the evidence database",
            _first_line(error),
            f"contexta doctor --data {database.parent}",
            UNREACHABLE,
        ) from error
    return connection


def _close_the_doors(limits: Mapping[str, Any]) -> None:
    """From here on no byte reaches a file, no file is opened, and memory has an end."""
    used = _address_space()
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
    if used:
        allowed = used + (int(limits["memory_mb"]) + int(limits["result_mb"]) + 256) * MIB
        resource.setrlimit(resource.RLIMIT_AS, (allowed, allowed))


def _address_space() -> int:
    """Bytes of address space in use; 0 where the system doesn't say (RLIMIT_AS means little there)."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    except OSError:
        return 0
    return pages * resource.getpagesize()


def _run(
    connection: "duckdb.DuckDBPyConnection",
    statements: "list[duckdb.Statement]",
    params: Mapping[str, Any],
    limits: Mapping[str, Any],
) -> "pa.Table":
    *before, last = statements
    for each in before:
        connection.execute(each)
    text = None if before else _with_text_columns(connection, last, params)
    result = connection.execute(text or last, dict(params) or None)
    return _collect(result, limits)


def _with_text_columns(
    connection: "duckdb.DuckDBPyConnection", last: "duckdb.Statement", params: Mapping[str, Any]
) -> str | None:
    """The statement with columns Arrow cannot carry truly cast to text, or None where there are none."""
    import duckdb

    if last.type != duckdb.StatementType.SELECT:
        return None
    inner = f"(\n{last.query.strip().rstrip(';')}\n)"
    try:
        described = connection.execute(f"DESCRIBE FROM {inner}", dict(params) or None).fetchall()
    except duckdb.Error:
        return None  # the statement's own run says what is wrong, in the user's words
    if not any(_AS_TEXT.search(str(row[1])) for row in described):
        return None
    columns = [
        f"#{place}{'::VARCHAR' if _AS_TEXT.search(str(row[1])) else ''} AS {_quoted(row[0])}"
        for place, row in enumerate(described, start=1)
    ]
    return f"SELECT {', '.join(columns)} FROM {inner}"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _collect(result: "duckdb.DuckDBPyConnection", limits: Mapping[str, Any]) -> "pa.Table":
    """The rows up to the limits; what was cut is said in the schema's metadata."""
    import pyarrow as pa

    reader = result.to_arrow_reader(ROWS_PER_BATCH)
    batches: list[pa.RecordBatch] = []
    left, bytes_left, cut = int(limits["rows"]), int(limits["result_mb"]) * MIB, None
    for batch in reader:
        if batch.num_rows > left:
            batches.append(batch.slice(0, left))
            cut = f"cut at {limits['rows']:,} rows"
            break
        left, bytes_left = left - batch.num_rows, bytes_left - batch.nbytes
        if bytes_left < 0:
            cut = (
                f"cut at {sum(each.num_rows for each in batches):,} rows ({limits['result_mb']} MB)"
            )
            break
        batches.append(batch)
    schema: pa.Schema = reader.schema
    table = pa.Table.from_batches(batches, schema)
    return table.replace_schema_metadata({"contexta.cut": cut}) if cut else table


def _write(table: "pa.Table") -> None:
    import pyarrow as pa

    with pa.ipc.new_stream(sys.stdout.buffer, table.schema) as writer:
        writer.write_table(table, max_chunksize=ROWS_PER_BATCH)
    sys.stdout.buffer.flush()


def _memory(limits: Mapping[str, Any]) -> Refused:
    return Refused(
        "the query ran out of memory",
        f"it needed more than its limit of {limits['memory_mb']:,} MB",
        "narrow it with WHERE, aggregate before joining, or raise it: contexta sql --memory MB",
        UNREACHABLE,
    )


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]


if __name__ == "__main__":
    # os._exit: nothing is left to close, and interpreter shutdown may want files that can't be opened.
    code = main()
    sys.stdout.flush()
    os._exit(code)
