"""What could not be taken as evidence: kept as it came, with the reason, and shown as a row.

The raw bytes go to `quarantine/<first 32 hex digits of their SHA-256>.<signal>.bin`, once however often they arrive. Then a note
goes to the journal (`Signal.QUARANTINE`), a JSON object:

    received_at_ns  Unix time              sha256       of the raw bytes
    signal          traces, logs, metrics  path         of the raw bytes, relative to the data directory; null: not kept
    reason          see `Reason`           item_count   spans, log records or data points in it; null: unknown
    detail          one English sentence   run_ids      run ids found in it, best effort
    size_bytes      of the raw bytes       rejected     whether the items are missing from the evidence (else: repaired)
"""

import hashlib
import json
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from contexta_processor.base.clock import now_ns
from contexta_processor.base.durably import fsync_directory, write_durably
from contexta_processor.base.signal import Signal

DEFAULT_MAX_BYTES = 1024 * 1024 * 1024
_DIGITS = 32


class Reason(StrEnum):
    """Why something was set aside. The value is public: it is in the `quarantine` table."""

    UNREADABLE_REQUEST = "unreadable_request"
    """No part of the request could be read as what it was sent as."""
    DAMAGED_REQUEST = "damaged_request"
    """Some of the request was lost to damage; the readable items were taken."""
    DAMAGED_ITEM = "damaged_item"
    """One item can't be read; its neighbours were taken."""
    INVALID_TRACE_ID = "invalid_trace_id"
    INVALID_SPAN_ID = "invalid_span_id"
    INVALID_VALUE = "invalid_value"
    """A value that its field can't hold (JSON)."""
    INVALID_HISTOGRAM = "invalid_histogram"
    """Bucket counts and bounds that don't belong together."""
    INVALID_UTF8 = "invalid_utf8"
    """Text that is not UTF-8; taken with U+FFFD in place of the bad bytes."""
    NESTED_TOO_DEEP = "nested_too_deep"
    """A value nested beyond the limit; taken without what is below it."""
    POISON_RECORD = "poison_record"
    """A journal record that stopped the store again and again; passed over."""
    JOURNAL_DAMAGE = "journal_damage"
    """A stretch of the journal that the disk lost or changed; what was acknowledged there is gone."""
    INVALID_FILE = "invalid_file"
    """A file given for import that is torn or not what its name says."""


@dataclass(frozen=True, slots=True)
class SetAside:
    """Something to be kept out of the evidence (`rejected`), or taken after a repair."""

    signal: Signal
    reason: Reason
    detail: str
    raw: bytes
    item_count: int | None = None
    run_ids: tuple[str, ...] = ()
    rejected: bool = True


class Quarantine:
    """Keeps what was set aside under one data directory. Thread safe.

    append: writes a journal record and returns when it is durable.
    max_bytes: what all kept files may take together; beyond it only notes are written.
    """

    def __init__(
        self,
        root: Path,
        directory: Path,
        append: Callable[[Signal, bytes], object],
        *,
        max_bytes: int = DEFAULT_MAX_BYTES,
    ) -> None:
        self._root = root
        self._directory = directory
        self._append = append
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        directory.mkdir(parents=True, exist_ok=True)
        self._kept_bytes = sum(entry.stat().st_size for entry in os.scandir(directory))

    def set_aside(self, item: SetAside) -> None:
        """Make bytes and note durable, in this order: a note never points at bytes that could be missing.

        Raises: OSError where the bytes can't be written; whatever `append` raises.
        """
        digest = hashlib.sha256(item.raw).hexdigest()
        path = self._keep(digest, item)
        note = {
            "received_at_ns": now_ns(),
            "signal": item.signal.label,
            "reason": item.reason.value,
            "detail": item.detail,
            "size_bytes": len(item.raw),
            "path": None if path is None else path.relative_to(self._root).as_posix(),
            "sha256": digest,
            "item_count": item.item_count,
            "run_ids": list(item.run_ids),
            "rejected": item.rejected,
        }
        self._append(Signal.QUARANTINE, json.dumps(note, ensure_ascii=True).encode())

    def _keep(self, digest: str, item: SetAside) -> Path | None:
        path = self._directory / f"{digest[:_DIGITS]}.{item.signal.label}.bin"
        with self._lock:
            if path.exists():
                return path
            if self._kept_bytes + len(item.raw) > self._max_bytes:
                return None
            unfinished = path.with_suffix(".part")
            try:
                write_durably(unfinished, item.raw)
                unfinished.rename(path)
            except OSError:
                unfinished.unlink(missing_ok=True)
                raise
            fsync_directory(self._directory)
            self._kept_bytes += len(item.raw)
            return path
