"""What `contexta doctor` says about the database, the journal behind it, and what was set aside."""

import os
import time
from collections.abc import Iterator, Mapping
from typing import Any

from contexta_processor.base.clock import now_ns
from contexta_processor.base.data_dir import DataDir
from contexta_processor.base.errors import ContextaError
from contexta_processor.base.query import Query
from contexta_processor.cli.checks.check import Check
from contexta_processor.cli.connect import Source

AHEAD_NS = 300 * 10**9
BEHIND_BYTES = 256 * 1024**2


def check_store(source: Source) -> Iterator[Check]:
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
        here = error.hint.startswith("contexta doctor")  # which is what is running
        fix = "stop what holds it or hangs, then try again" if here else error.hint
        yield Check("store", "error", f"{error.what}: {error.cause}", fix)
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


def _waiting_files(data: DataDir) -> int:
    try:
        with os.scandir(data.inbox) as entries:
            return sum(entry.is_file() and not entry.name.startswith(".") for entry in entries)
    except FileNotFoundError:
        return 0
