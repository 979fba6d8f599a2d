"""Quarantine notes on their way into the store: those of the journal, and those about the journal itself."""

from collections.abc import Sequence
from pathlib import Path
from typing import cast

import duckdb

from contexta_processor.base.quarantine import Reason
from contexta_processor.journal.reader import Damage, read_damaged
from contexta_processor.journal.record import Record
from contexta_processor.receive.run_ids import find_run_ids
from contexta_processor.store.facts import sql

Note = dict[str, object]
_LOOKED_AT_BYTES = 16 * 1024 * 1024
"""Of a damaged stretch: enough to find the runs it names."""
_NOTE = (
    "received_at_ns",
    "signal",
    "reason",
    "detail",
    "size_bytes",
    "path",
    "sha256",
    "item_count",
    "run_ids",
    "rejected",
)
"""What a quarantine note says (see `base.quarantine`)."""


def add_notes(connection: duckdb.DuckDBPyConnection, notes: Sequence[Note]) -> None:
    """Rows of `quarantine`; the runs they name are to be computed again."""
    if not notes:
        return
    connection.executemany(
        sql("apply/quarantine"),
        [
            dict.fromkeys(_NOTE)
            | {"rejected": True}
            | {key: note[key] for key in _NOTE if key in note}
            for note in notes
        ],
    )
    runs = {str(run_id) for note in notes for run_id in _run_ids(note)}
    if runs:
        connection.executemany(
            "INSERT INTO store.dirty_runs VALUES (?)", [[run_id] for run_id in sorted(runs)]
        )


def _run_ids(note: Note) -> list[object]:
    found = note.get("run_ids")
    return list(cast("list[object]", found)) if isinstance(found, list) else []


def damage_note(journal: Path, damage: Damage, records: Sequence[Record]) -> Note:
    """Where acknowledged telemetry was lost, and which runs are named in what is left of it.

    records: of the same read; one of them lies behind the damage.
    """
    behind = next(record for record in records if record.position >= damage.end)
    left = read_damaged(journal, damage, most=_LOOKED_AT_BYTES)
    where = (
        "bytes of the journal hold" if left else "bytes of the journal are gone: their place holds"
    )
    return _note_in_journal(
        damage.position,
        received_at_ns=behind.received_at_ns,
        signal="unknown",
        reason=Reason.JOURNAL_DAMAGE,
        detail=f"{damage.skipped_bytes} {where} no valid record",
        size_bytes=damage.skipped_bytes,
        run_ids=list(find_run_ids(left)),
    )


def undecodable_note(record: Record, why: str) -> Note:
    """A journal record that no decoder can read."""
    return _note_in_journal(
        record.position,
        received_at_ns=record.received_at_ns,
        signal=record.signal.label,
        reason=Reason.UNREADABLE_REQUEST,
        detail=why,
        size_bytes=len(record.body),
        run_ids=list(find_run_ids(record.body)),
    )


def _note_in_journal(
    position: int,
    *,
    received_at_ns: int,
    signal: str,
    reason: Reason,
    detail: str,
    size_bytes: int,
    run_ids: list[str],
) -> Note:
    """A quarantine note about bytes that stay in the journal, which is where it points."""
    return {
        "received_at_ns": received_at_ns,
        "signal": signal,
        "reason": reason.value,
        "detail": detail,
        "size_bytes": size_bytes,
        "path": f"journal:{position}",
        "sha256": None,
        "item_count": None,
        "run_ids": run_ids,
    }
