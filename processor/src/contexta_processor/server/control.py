"""What the two processes of a server tell each other: one JSON object a line, over pipes.

    store → receiver                                       receiver → store
    {"ready": {"position": N}}         database is open    {"status": {…}}      once a second, for /metrics and /readyz
    {"position": N, "counters": {…}}   after each step     {"stop": {"until": N, "seconds": S}}   catch up, then end
    {"failed": {"kind": …, …}}         why it ends
    {"stopped": {"position": N}}       caught up, closed

A pipe that closes says that the other is gone: the store then ends by itself, and gives the database free.
"""

import json
import os
from collections.abc import Iterator
from typing import IO, Any

Message = dict[str, Any]
_CHUNK = 64 * 1024

FAILED_TO_OPEN = "open"
"""The database can't be opened; carries `what`, `cause`, `hint`."""
FAILED_STORAGE = "storage"
"""The disk or the memory, not a record: starting again at the same place is right."""
FAILED_RECORD = "record"
"""Something in the journal from `position` on could not be applied."""


def write_message(stream: IO[bytes], message: Message) -> None:
    """Send one message. Raises: OSError where nobody listens any more."""
    stream.write(json.dumps(message, separators=(",", ":"), default=str).encode() + b"\n")
    stream.flush()


def read_messages(fd: int) -> Iterator[Message]:
    """Messages until the other end closes. A line that is cut off by its death is no message.

    Reads the descriptor itself: a buffered stream held by a thread blocks the interpreter from ending.
    """
    unread = b""
    while chunk := os.read(fd, _CHUNK):
        *lines, unread = (unread + chunk).split(b"\n")
        for line in lines:
            yield json.loads(line)
