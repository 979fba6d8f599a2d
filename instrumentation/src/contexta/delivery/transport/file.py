"""`file:DIR`: no server. Requests become files in DIR/inbox that the reading commands take in.

Each file holds one export request, length-delimited, and is named for its signal:
`<ulid>.traces.binpb`, `<ulid>.logs.binpb`. It is written under a hidden name, synced and renamed, so
that whoever reads sees whole files only; a process that is killed leaves at most a hidden one behind.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from urllib.parse import unquote

from contexta.base.sequence import new_ulid
from contexta.base.settings import Settings
from contexta.delivery.items import Signal
from contexta.delivery.transport import DELIVERED, Outcome
from contexta.delivery.wire import varint


def directory_of(endpoint: str) -> Path:
    """The data directory that `file:DIR` or `file://DIR` means, from here."""
    place = endpoint.removeprefix("file:")
    path = unquote(place.removeprefix("//")) if place.startswith("//") else place
    return Path(path or ".contexta").absolute()


class FileTransport:
    """Writes into the inbox of one data directory."""

    json = False

    def __init__(self, settings: Settings) -> None:
        # Where the job stands now: it may change its working directory later.
        self._inbox = directory_of(settings.endpoint) / "inbox"

    @property
    def name(self) -> str:
        return f"file:{self._inbox.parent}"

    def send(self, signal: Signal, request: bytes, timeout_s: float) -> Outcome:
        """Write one request as a file of its own; durable when this returns."""
        name = f"{new_ulid()}.{signal}.binpb"
        hidden = self._inbox / f".{name}"
        try:
            self._inbox.mkdir(parents=True, exist_ok=True)
            with hidden.open("wb") as file:
                file.write(varint(len(request)) + request)
                file.flush()
                os.fsync(file.fileno())
            hidden.rename(self._inbox / name)
        except OSError as error:
            with contextlib.suppress(OSError):
                hidden.unlink(missing_ok=True)
            return Outcome("retry", message=str(error))
        return DELIVERED

    def close(self) -> None:
        """Every file is finished already."""

    def forget(self) -> None:
        """Nothing is held open."""
