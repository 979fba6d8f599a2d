"""SQL that somebody typed, run where it can do no harm: a child process with hard limits.

The child (`child`) opens the database read-only, closes every door DuckDB leaves open, takes
one reading statement and answers in Arrow. This module starts it, waits no longer than the deadline,
and turns its answer or its end into a table or an error in three lines. Never call DuckDB with user
text anywhere else (docs/adr/0007-user-sql.md says what happens otherwise).
"""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from contexta_processor.base.errors import ContextaError, Exit
from contexta_processor.base.stale import stale_after_s
from contexta_processor.surfaces.sandbox.request import framed, require_small

if TYPE_CHECKING:
    import pyarrow as pa

CHILD = "contexta_processor.surfaces.sandbox.child"
CUT_KEY = b"contexta.cut"
"""Schema metadata of a result that is not whole; the value says which limit cut it."""

AT_ONCE = 4
_turns = threading.BoundedSemaphore(AT_ONCE)

KEPT_VARIABLES = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "VIRTUAL_ENV", "SYSTEMROOT")


@dataclass(frozen=True)
class SqlLimits:
    """What one query may use.

    seconds: wall time, then SIGKILL. memory_mb: DuckDB's limit, and the address space the child may
    add to what it has at its start. rows, result_mb: the answer is cut there, visibly. input_mb: tables brought along.
    """

    seconds: float = 30.0
    memory_mb: int = 1024
    threads: int = 2
    rows: int = 1_000_000
    result_mb: int = 256
    sql_bytes: int = 65_536
    input_mb: int = 64


def run_sql(
    text: str,
    params: Mapping[str, Any] | None = None,
    *,
    database: Path,
    limits: SqlLimits | None = None,
    tables: Mapping[str, bytes] | None = None,
) -> "pa.Table":
    """Answer one reading statement of a user over the database file, as `Sandbox.run` does.

    Of one process, `AT_ONCE` at a time: together they use no more than so many times their limits. Others wait for
    their turn as long as they might run.
    """
    limits = limits or SqlLimits()
    if not _turns.acquire(timeout=limits.seconds):
        raise ContextaError(
            "too many queries at once",
            cause=f"{AT_ONCE} are running, and none ended within {limits.seconds:g} s",
            hint="try again in a moment",
            exit_code=Exit.UNREACHABLE,
        )
    try:
        with Sandbox() as sandbox:
            return sandbox.run(text, params, database=database, limits=limits, tables=tables)
    finally:
        _turns.release()


class Sandbox:
    """A child process for one statement. It starts (and imports DuckDB) at once, while its caller still
    finds out where the database is; leaving the block ends it, whatever it does."""

    def __init__(self) -> None:
        self._child = subprocess.Popen(
            [sys.executable, "-P", "-m", CHILD],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd="/",
            env=_environment(),
        )

    def __enter__(self) -> "Sandbox":
        return self

    def __exit__(self, *_: object) -> None:
        if self._child.poll() is None:
            self._child.kill()
        self._child.communicate()

    def run(
        self,
        text: str,
        params: Mapping[str, Any] | None = None,
        *,
        database: Path,
        limits: SqlLimits | None = None,
        tables: Mapping[str, bytes] | None = None,
        meanwhile: Callable[[], object] | None = None,
    ) -> "pa.Table":
        """Answer the statement; once in the life of a sandbox.

        text: exactly one SELECT, FROM, WITH, VALUES, PIVOT, DESCRIBE, SHOW, SUMMARIZE, or EXPLAIN of one.
        params: values of `$name` in the text (str, int, float, bool or None).
        tables: Arrow IPC streams that can be read from by their name beside the evidence's own tables.
        meanwhile: what the caller has to do anyway, done on a thread while the child works.
        Returns: the rows; `cut_note(table)` says when a limit cut them.
        Raises: ContextaError with Exit.USAGE for the statement's own faults, Exit.UNREACHABLE when a limit
            was met or the database cannot be read.
        """
        limits = limits or SqlLimits()
        size = len(text.encode("utf-8", "replace"))
        if size > limits.sql_bytes:
            raise ContextaError(
                "the statement is too long",
                cause=f"{size:,} bytes; the limit is {limits.sql_bytes:,}",
                hint="join with a table, or use a condition, instead of a long list of values",
            )
        require_small(tables or {}, limits.input_mb)
        request = {
            "text": text,
            "params": dict(params or {}),
            "database": str(database.resolve()),
            "limits": asdict(limits) | {"stale_after_s": stale_after_s()},
        }
        with _beside(meanwhile):
            code, answer, noise = self._ask(framed(request, tables or {}), limits)
        if code == 0:
            return _read_table(answer)
        raise _error(code, answer, noise, limits, database)

    def _ask(self, request: bytes, limits: SqlLimits) -> tuple[int, bytes, bytes]:
        try:
            answer, noise = self._child.communicate(request, timeout=limits.seconds)
        except subprocess.TimeoutExpired:
            raise ContextaError(
                "the query took too long",
                cause=f"stopped at its limit of {limits.seconds:g} s",
                hint="narrow it with WHERE run_id = …, or raise the limit: contexta sql --timeout SECONDS",
                exit_code=Exit.UNREACHABLE,
            ) from None
        return self._child.returncode, answer, noise


@contextmanager
def _beside(work: Callable[[], object] | None) -> Generator[None]:
    """Do some work on a thread; it is done when the block is left."""
    if work is None:
        yield
        return
    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        thread.join()


def cut_note(table: "pa.Table") -> str | None:
    """What to tell the reader when the result is not whole (`cut at 1,000,000 rows`), else None."""
    metadata: Mapping[bytes, bytes] = table.schema.metadata or {}
    note = metadata.get(CUT_KEY)
    return note.decode() if note else None


def _environment() -> dict[str, str]:
    """Nothing of the caller's environment but what Python needs to start: no tokens, no HOME."""
    kept = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    return kept | {
        "HOME": "/nonexistent",
        "PYTHONUTF8": "1",
        "ARROW_DEFAULT_MEMORY_POOL": "system",
        "MALLOC_ARENA_MAX": "2",
        "TZ": "UTC",
    }


def _read_table(answer: bytes) -> "pa.Table":
    import pyarrow as pa

    return pa.ipc.open_stream(pa.py_buffer(answer)).read_all()


def _error(
    code: int, answer: bytes, noise: bytes, limits: SqlLimits, database: Path
) -> ContextaError:
    """The error a child's end means: what it said itself, else which limit its signal stands for."""
    try:
        said = json.loads(answer)
        return ContextaError(
            said["what"], cause=said["cause"], hint=said["hint"], exit_code=Exit(said["exit_code"])
        )
    except (ValueError, KeyError, TypeError):
        return _error_of_signal(code, noise, limits, database)


def _error_of_signal(code: int, noise: bytes, limits: SqlLimits, database: Path) -> ContextaError:
    if code in (-signal.SIGXCPU, -signal.SIGALRM):
        cause = f"stopped at its limit of {limits.seconds:g} s of computing"
        what, hint = "the query took too long", "narrow it with WHERE run_id = …, or LIMIT"
    elif b"MemoryError" in noise or b"bad_alloc" in noise or code == -signal.SIGKILL:
        cause = f"it needed more than its limit of {limits.memory_mb:,} MB"
        what, hint = (
            "the query ran out of memory",
            "narrow it with WHERE, or aggregate before joining",
        )
    else:
        last = noise.decode("utf-8", "replace").strip().splitlines()[-1:] or ["no message"]
        cause = f"the process that ran it ended with code {code} ({last[0]})"
        what = "the query ended its process"
        hint = (
            f"nothing was harmed; check the database with: contexta doctor --data {database.parent}"
        )
    return ContextaError(what, cause=cause, hint=hint, exit_code=Exit.UNREACHABLE)
