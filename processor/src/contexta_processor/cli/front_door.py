"""Evidence a command has found itself goes the way all evidence goes: to the server's OTLP door, or into the inbox."""

import os
import time
import uuid
from pathlib import Path

from contexta_processor.base.errors import ContextaError, Exit
from contexta_processor.base.signal import Signal
from contexta_processor.cli.connect import Source


def tell(source: Source, signal: Signal, request: bytes) -> None:
    """Hand over one OTLP export request; it is durable when this returns.

    To the server that was named or that has the directory; where none runs as a file in `DIR/inbox`, which
    the next reader or server takes in.
    Raises: ContextaError (Exit.UNREACHABLE) where it cannot be handed over.
    """
    from contexta_processor.cli.import_ import otlp_door

    address = otlp_door(source)
    if address is None:
        _leave(source.data.inbox, signal, request)
        return
    from contexta_processor.cli.import_door import Door

    door = Door(address)
    try:
        door.append(signal, request)
    finally:
        door.close()


def _leave(inbox: Path, signal: Signal, request: bytes) -> None:
    from contexta_processor.base.durably import fsync_directory
    from contexta_processor.receive.wire import encode_varint

    name = f"{time.time_ns():020d}-{uuid.uuid4().hex}.{signal.label}.binpb"
    hidden = inbox / f".{name}"
    try:
        inbox.mkdir(parents=True, exist_ok=True)
        try:
            with hidden.open("xb") as file:
                file.write(encode_varint(len(request)) + request)
                file.flush()
                os.fsync(file.fileno())
            hidden.rename(inbox / name)
        finally:
            hidden.unlink(missing_ok=True)
        fsync_directory(inbox)
    except OSError as error:
        raise ContextaError(
            f"cannot write to {inbox}",
            cause=error.strerror or str(error),
            hint="make room there, or give --data DIR with a directory that can be written",
            exit_code=Exit.UNREACHABLE,
        ) from error
