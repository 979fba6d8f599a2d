"""Journal records into the evidence database: rows and journal position in one transaction.

After a crash, wherever it was, the next start reads the position and goes on exactly there. Facts
are a set, so a record that was taken in before changes nothing.
"""

import json
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from contexta_processor.base.data_dir import DataDir
from contexta_processor.base.signal import Signal
from contexta_processor.journal.reader import Damage, read_records
from contexta_processor.journal.record import Record
from contexta_processor.reconstruct.columns import Decoded
from contexta_processor.reconstruct.decode import decode
from contexta_processor.store.derive import derive_dirty_runs
from contexta_processor.store.facts import TABLES, add_facts, sql
from contexta_processor.store.file import FileQuery, unreadable
from contexta_processor.store.migrate import migrate
from contexta_processor.store.notes import add_notes, damage_note, undecodable_note
from contexta_processor.store.resolve import resolve_addresses
from contexta_processor.store.retention import prune_unclaimed

_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "storage_compatibility_version": "v1.5.0",
    # The journal is durable already; fewer checkpoints write the same rows fewer times.
    "checkpoint_threshold": "128MB",
}
_ABOUT_OTHER_RUNS = {
    "records": "apply/touch_related",
    "spans": "apply/touch_related_spans",
    "metrics": "apply/touch_references",
}
"""Facts that change what is known of a run whose id they do not carry as their address."""
DERIVE_INTERVAL_S = 0.5
"""While records keep coming, runs are recomputed at most this often (their facts are always there)."""
_DERIVE_COST_FACTOR, _DERIVE_LONGEST_S = 3.0, 1.0
"""Where recomputing takes long it waits as many times as long as it last took, but not beyond a second."""


@dataclass(frozen=True)
class Step:
    """What one transaction took in."""

    position: int
    records: int
    spans: int = 0
    events: int = 0
    metrics: int = 0
    samples: int = 0
    quarantined: int = 0
    damaged_bytes: int = 0
    runs: int = 0
    """Runs recomputed."""


@dataclass
class _Batch:
    """One read from the journal, decoded."""

    records: list[Record]
    damage: list[Damage] = field(default_factory=list[Damage])
    notes: list[dict[str, object]] = field(default_factory=list[dict[str, object]])
    decoded: Decoded = field(default_factory=Decoded.empty)


class _Told:
    """Which runs, producers and traces the rows of a step name."""

    def __init__(self) -> None:
        self._names: dict[str, set[str]] = {
            "run_id": set(),
            "producer_id": set(),
            "trace_id": set(),
        }

    def add(self, rows: pa.Table) -> None:
        for column, names in self._names.items():
            names.update(
                name for name in pc.unique(rows.column(column)).to_pylist() if name is not None
            )

    def touch(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Mark the runs as changed, and leave the traces in temp table `touched_traces`."""
        for view, column in (
            ("told_runs", "run_id"),
            ("told_producers", "producer_id"),
            ("told_traces", "trace_id"),
        ):
            names = pa.array(sorted(self._names[column]), pa.string())
            connection.register(view, pa.table({column: names}))
        connection.execute(sql("apply/touch"))
        for view in ("told_runs", "told_producers", "told_traces"):
            connection.unregister(view)


class Ingest:
    """The only writer of `DIR/evidence.duckdb`."""

    def __init__(self, data_dir: DataDir) -> None:
        """Open (and create, and migrate) the database.

        Raises: ContextaError if it cannot be opened or was written by a newer contexta.
        """
        self._data_dir = data_dir
        self._connection = open_for_writing(data_dir.database)
        self._derive_at = 0.0
        found = self._connection.execute("SELECT position FROM store.journal_position").fetchone()
        self.position = int(found[0]) if found else 0

    def step(self, *, max_bytes: int = 32 * 1024 * 1024, patient: bool = False) -> Step | None:
        """Take in what is next in the journal; None if there is nothing, and every run is up to date.

        patient: None also where runs were computed a moment ago and wait for their turn; for who asks again soon.
        """
        batch = self._read(max_bytes)
        if not batch.records:
            return None if patient and not self._due() else self._derive_now()
        position = batch.records[-1].next_position
        connection = self._connection
        connection.execute("BEGIN")
        try:
            added = self._apply(batch)
            connection.execute("UPDATE store.journal_position SET position = ?", [position])
            due = self._due()
            runs = self._derive() if due else 0
            connection.execute("COMMIT")
        except BaseException:
            with suppress(duckdb.TransactionException):  # a disk that fails has ended it already
                connection.execute("ROLLBACK")
            raise
        self.position = position
        return Step(
            position=position,
            records=len(batch.records),
            quarantined=len(batch.notes),
            damaged_bytes=sum(damage.skipped_bytes for damage in batch.damage),
            runs=runs,
            spans=added["spans"],
            events=added["events"] + added["records"],
            metrics=added["metrics"],
            samples=added["samples"],
        )

    def pass_over(self, position: int) -> None:
        """Go on at `position` without rows of what lies before it: a record that is in quarantine by now."""
        self._connection.execute("UPDATE store.journal_position SET position = ?", [position])
        self.position = position

    def prune_unclaimed(self, older_than_s: float) -> dict[str, int]:
        """Remove what was taken in longer ago and no run claimed (`store.retention`); rows of each kind."""
        return prune_unclaimed(self._connection, older_than_s)

    def reader(self) -> FileQuery:
        """A cursor of this database for packaged statements; one per thread, to be closed."""
        return FileQuery(self._connection.cursor())

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A raw cursor, for snapshots."""
        return self._connection.cursor()

    def close(self) -> None:
        """Close the database; what is committed is on disk."""
        self._connection.close()

    def _due(self) -> bool:
        return time.monotonic() >= self._derive_at

    def _derive(self) -> int:
        started = time.monotonic()
        runs = derive_dirty_runs(self._connection)
        ended = time.monotonic()
        wait = min(_DERIVE_COST_FACTOR * (ended - started), _DERIVE_LONGEST_S)
        self._derive_at = ended + max(wait, DERIVE_INTERVAL_S)
        return runs

    def _read(self, max_bytes: int) -> _Batch:
        damage: list[Damage] = []
        records = read_records(
            self._data_dir.journal, self.position, max_bytes=max_bytes, on_damage=damage.append
        )
        batch = _Batch(records)
        if records:
            # What lies behind the last record is told again by the next read.
            batch.damage = [each for each in damage if each.end <= records[-1].position]
            batch.notes += [
                damage_note(self._data_dir.journal, each, records) for each in batch.damage
            ]
        for record in records:
            if record.signal is Signal.QUARANTINE:
                batch.notes.append(json.loads(record.body))
        evidence = [record for record in records if record.signal is not Signal.QUARANTINE]
        batch.decoded = decode(
            evidence, lambda record, why: batch.notes.append(undecodable_note(record, why))
        )
        return batch

    def _apply(self, batch: _Batch) -> dict[str, int]:
        connection = self._connection
        _add_resources(connection, batch.decoded.tables["resources"])
        add_notes(connection, batch.notes)
        if batch.damage:
            connection.executemany(
                "INSERT INTO store.journal_damage VALUES (?, ?)",
                [[damage.position, damage.skipped_bytes] for damage in batch.damage],
            )
        told = _Told()
        added: dict[str, int] = {}
        for table in TABLES:
            incoming = batch.decoded.tables[table.name]
            added[table.name] = 0
            if incoming.num_rows:
                added[table.name] = add_facts(connection, table, incoming)
            if added[table.name]:
                told.add(incoming)
            if added[table.name] and table.name in _ABOUT_OTHER_RUNS:
                connection.execute(sql(_ABOUT_OTHER_RUNS[table.name]))
        told.touch(connection)
        changed = resolve_addresses(connection)
        if changed:
            connection.executemany(
                "INSERT INTO store.dirty_runs VALUES (?)", [[run_id] for run_id in sorted(changed)]
            )
        return added

    def _derive_now(self) -> Step | None:
        """Recompute runs that were left for later while records kept coming."""
        found = self._connection.execute("SELECT count(*) FROM store.dirty_runs").fetchone()
        if not found or not found[0]:
            return None
        self._connection.execute("BEGIN")
        try:
            runs = self._derive()
            self._connection.execute("COMMIT")
        except BaseException:
            with suppress(duckdb.TransactionException):
                self._connection.execute("ROLLBACK")
            raise
        return Step(position=self.position, records=0, runs=runs)


def open_for_writing(database: Path) -> duckdb.DuckDBPyConnection:
    """Open or create the evidence database and migrate it.

    Raises: ContextaError where DuckDB cannot open it.
    """
    database.parent.mkdir(parents=True, exist_ok=True)
    try:
        connection = duckdb.connect(str(database), config=_CONFIG)
    except duckdb.Error as error:
        raise unreadable(database, error) from error
    migrate(connection)
    return connection


def _add_resources(connection: duckdb.DuckDBPyConnection, resources: pa.Table) -> None:
    connection.register("incoming", resources)
    connection.execute(sql("apply/resources"))
    connection.unregister("incoming")
