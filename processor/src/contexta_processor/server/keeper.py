"""The receiver's forward calls: from `append` and `set_aside` to the journal and the quarantine."""

from collections.abc import Callable

from contexta_processor.base.quarantine import Quarantine, SetAside
from contexta_processor.base.signal import Signal
from contexta_processor.journal.writer import JournalFailed, JournalFull, JournalWriter
from contexta_processor.receive.overload import Unavailable

_DISK_RETRY_SECONDS = 2.0


class Keeper:
    """Keeps what the doors take in, and turns a disk's troubles into answers.

    on_failed: called when the journal has failed for good, after which nothing more is acknowledged.
    """

    def __init__(
        self, writer: JournalWriter, quarantine: Quarantine, on_failed: Callable[[Exception], None]
    ) -> None:
        self._writer = writer
        self._quarantine = quarantine
        self._on_failed = on_failed

    def append(self, signal: Signal, body: bytes) -> int:
        """Make one record durable. Raises Unavailable."""
        try:
            return self._writer.append(signal, body)
        except JournalFull as error:
            raise Unavailable(
                "disk_full", f"the disk takes no more: {error}", retry_after_s=_DISK_RETRY_SECONDS
            ) from error
        except JournalFailed as error:
            self._on_failed(error)
            raise Unavailable("journal_failed", "the server is about to start again") from error

    def set_aside(self, item: SetAside) -> None:
        """Keep bytes and reason. Raises Unavailable."""
        try:
            self._quarantine.set_aside(item)
        except JournalFull as error:
            raise Unavailable("disk_full", f"the disk takes no more: {error}") from error
        except JournalFailed as error:
            self._on_failed(error)
            raise Unavailable("journal_failed", "the server is about to start again") from error
        except OSError as error:
            raise Unavailable("disk_full", f"the quarantine takes no more: {error}") from error
