"""What `contexta doctor` looks at, one function a matter. Each gives what it found and how to mend it."""

import fcntl
import os
import shutil
import time
from collections.abc import Iterator, Mapping
from typing import Any

from contexta_processor import __version__
from contexta_processor.base.clock import now_ns
from contexta_processor.base.data_dir import DataDir
from contexta_processor.base.errors import ContextaError
from contexta_processor.base.query import Query
from contexta_processor.cli.connect import Source
from contexta_processor.cli.doctor_check import Check
from contexta_processor.cli.doctor_environment import Doors, check_environment
from contexta_processor.cli.doctor_network import check_free_ports, check_server

LITTLE_SPACE, NO_SPACE = 2 * 1000**3, 200 * 1000**2
AHEAD_NS = 300 * 10**9
BEHIND_BYTES = 256 * 1024**2


def check_all(source: Source) -> list[Check]:
    """Every check: the directory, who owns it, what is in it, the server, and the way to it."""
    return list(_checks(source))


def _checks(source: Source) -> Iterator[Check]:
    if source.server is not None:
        yield from _named_server(source, source.server)
        return
    data = source.data
    running = data.read_serve()
    alive = source.server_url() is not None
    yield from _directory(data)
    if data.root.is_dir():
        yield from _owner(data, running, alive=alive)
        yield from _space(data)
        yield from _store(source)
    if alive and running is not None:
        yield from check_server(str(running["web"]), running)
        yield from _version(running)
    else:
        yield Check(
            "server",
            "warning",
            "no server runs here",
            f"contexta serve --data {data.root}   (not needed for file:DIR endpoints and imports)",
        )
        yield from check_free_ports(data)
    doors = Doors.of(running) if alive and running is not None else None
    yield from check_environment(os.environ, doors, data)


def _named_server(source: Source, address: str) -> Iterator[Check]:
    """A server that was named, wherever it runs: what can be seen of it from here."""
    from contexta_processor.cli.server_status import running_at

    running = running_at(address)
    yield from check_server(address, running)
    if running is not None:
        yield from _store(source)
        yield from _version(running)
        yield from check_environment(os.environ, Doors.of(running), source.data)


def _directory(data: DataDir) -> Iterator[Check]:
    root = data.root
    if not root.exists():
        yield Check(
            "directory",
            "warning",
            f"{root} does not exist: nothing was received there yet",
            f"contexta serve --data {root}",
        )
    elif not root.is_dir():
        yield Check(
            "directory",
            "error",
            f"{root} is not a directory",
            "--data DIR names the data directory",
        )
    elif not os.access(root, os.R_OK | os.X_OK):
        yield Check(
            "directory", "error", f"{root} cannot be read: permission denied", f"chmod u+rx {root}"
        )
    elif not os.access(root, os.W_OK):
        yield Check(
            "directory",
            "error",
            f"{root} cannot be written: permission denied",
            f"chmod u+w {root}",
        )
    else:
        yield Check("directory", "ok", f"{root} can be read and written")


def _owner(data: DataDir, running: Mapping[str, Any] | None, *, alive: bool) -> Iterator[Check]:
    holder = lock_holder(data)
    if holder and running is None:
        yield Check(
            "owner",
            "warning",
            f"held by {holder}, which does not say where it listens",
            "wait for it to be ready, or stop it",
        )
    elif holder:
        yield Check("owner", "ok", f"held by {holder}")
    elif running is not None and not alive:
        pid = running.get("pid")
        yield Check(
            "owner",
            "warning",
            f"serve.json is left from a server that is gone (pid {pid}); it is ignored",
            f"contexta serve --data {data.root}",
        )
    elif running is not None:
        yield Check(
            "owner",
            "error",
            f"a server (pid {running.get('pid')}) says it serves this directory but does not hold it",
            f"stop it, then contexta serve --data {data.root}",
        )
    else:
        yield Check("owner", "ok", "held by nobody")


def lock_holder(data: DataDir) -> str | None:
    """Who owns the directory, or None. Takes the lock for no longer than it takes to ask."""
    try:
        fd = os.open(data.lock_file, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return os.pread(fd, 4096, 0).decode("utf-8", "replace").strip() or "another process"
    finally:
        os.close(fd)
    return None


def _space(data: DataDir) -> Iterator[Check]:
    free = shutil.disk_usage(data.root).free
    text = f"{free / 1000**3:,.1f} GB free where {data.root} is"
    if free < NO_SPACE:
        yield Check(
            "disk",
            "error",
            text,
            "make room: the server stops taking telemetry when the disk is full",
        )
    elif free < LITTLE_SPACE:
        yield Check("disk", "warning", text, "make room before the disk is full")
    else:
        yield Check("disk", "ok", text)


def _store(source: Source) -> Iterator[Check]:
    """The database, whoever reads it; what waits in journal and inbox; what was set aside."""
    from contexta_processor.base.statement import statement
    from contexta_processor.investigate.results import rows_of

    if source.server_url() is None and not source.data.database.is_file():
        waiting = _waiting_files(source.data)
        detail = f"no database yet; {waiting:,} inbox files wait" if waiting else "no database yet"
        yield Check(
            "store",
            "warning",
            detail,
            f"contexta runs --data {source.data.root}"
            if waiting
            else "contexta demo   makes one to try",
        )
        return
    try:
        with _Reader(source) as query:
            known: dict[str, Any] = rows_of(query.query(statement("surfaces/doctor_store")))[0]
    except ContextaError as error:
        yield Check("store", "error", f"{error.what}: {error.cause}", error.hint)
        return
    yield from _schema(known)
    yield from _journal(source, known)
    yield from _quarantine(known)
    yield from _clock(known)


class _Reader:
    """The server, or the file as it is: unlike other commands, doctor takes nothing in before it reads."""

    def __init__(self, source: Source) -> None:
        self._url = source.server_url()
        self._database = source.data.database

    def __enter__(self) -> Query:
        if self._url is not None:
            from contexta_processor.store.remote import RemoteQuery

            self._query = RemoteQuery(self._url, timeout=10)
        else:
            from contexta_processor.store.file import FileQuery

            self._query = FileQuery.open(self._database)
        return self._query

    def __exit__(self, *_: object) -> None:
        self._query.close()


def _schema(known: Mapping[str, Any]) -> Iterator[Check]:
    from contexta_processor.store.migrate import latest_version

    version, latest = known["schema_version"], latest_version()
    text = f"database opens, schema {version}, {known['runs']:,} runs"
    if version > latest:
        yield Check(
            "store",
            "error",
            f"{text}; this contexta knows schema {latest}",
            "pip install --upgrade contexta-processor",
        )
    elif version < latest:
        yield Check(
            "store",
            "warning",
            f"{text}; it becomes {latest} when it is next written",
            "contexta serve",
        )
    else:
        yield Check("store", "ok", text)


def _journal(source: Source, known: Mapping[str, Any]) -> Iterator[Check]:
    if source.server is not None:
        return
    from contexta_processor.journal.reader import end_position

    end, position = end_position(source.data.journal), known["position"]
    behind, waiting = end - position, _waiting_files(source.data)
    command = f"contexta runs --data {source.data.root}   takes it in"
    if known["damaged_bytes"]:
        yield Check(
            "journal",
            "warning",
            f"{known['damaged_bytes']:,} bytes of it could not be read and were passed over",
            f"ls {source.data.journal}   (a broken copy is kept beside a repaired file)",
        )
    if behind < 0:
        yield Check(
            "journal",
            "error",
            f"it ends at {end:,}, before the database's position {position:,}: part of it is missing",
            "put the missing journal files back, or go on: contexta serve",
        )
    elif behind > BEHIND_BYTES:
        yield Check("journal", "warning", f"{behind:,} bytes are not in the database yet", command)
    elif behind or waiting:
        yield Check(
            "journal",
            "ok",
            f"{behind:,} bytes and {waiting:,} inbox files wait to be taken in; any reading command does",
        )
    else:
        yield Check("journal", "ok", f"all {end:,} bytes are in the database")


def _quarantine(known: Mapping[str, Any]) -> Iterator[Check]:
    if not known["quarantined"]:
        yield Check("quarantine", "ok", "nothing was set aside")
        return
    text = f"{known['quarantined']:,} requests or items were set aside ({known['quarantined_bytes']:,} bytes)"
    yield Check(
        "quarantine",
        "warning",
        text,
        'contexta sql "SELECT reason, detail, count(*) FROM quarantine GROUP BY ALL"',
    )


def _clock(known: Mapping[str, Any]) -> Iterator[Check]:
    newest, now = known["newest_at"], now_ns()
    if newest is not None and newest > now + AHEAD_NS:
        ahead = (newest - now) / 1e9
        yield Check(
            "clock",
            "warning",
            f"the newest evidence is {ahead:,.0f} s in the future",
            "compare the emitters' clocks with this machine's: date -u",
        )
    elif time.gmtime().tm_year < 2024:
        yield Check("clock", "error", "this machine's clock is years behind", "set it: date -u")
    else:
        yield Check("clock", "ok", "no evidence comes from the future")


def _version(running: Mapping[str, Any]) -> Iterator[Check]:
    theirs = running.get("version")
    if theirs == __version__:
        yield Check("version", "ok", f"server and command are {__version__}")
    else:
        yield Check(
            "version",
            "warning",
            f"the server is {theirs}, this command {__version__}",
            "restart the server with this version",
        )


def _waiting_files(data: DataDir) -> int:
    try:
        with os.scandir(data.inbox) as entries:
            return sum(entry.is_file() and not entry.name.startswith(".") for entry in entries)
    except FileNotFoundError:
        return 0
