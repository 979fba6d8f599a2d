"""What the two processes of a server tell each other: one JSON object a line, over pipes.

    store → receiver                                       receiver → store
    {"ready": {"position": N}}         database is open    {"status": {…}}      once a second, for /metrics and /readyz
    {"position": N, "counters": {…}}   after each step     {"stop": {"until": N, "seconds": S}}   catch up, then end
    {"failed": {"kind": …, …}}         why it ends         {"careful": false}   take whole batches again
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


class MessagePipe:
    """Sends messages and never waits: the other end may be stopped, and the sender has more to do.

    What the pipe doesn't take is kept until the next `send` or `flush`.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        self._fd = stream.fileno()
        self._unsent = b""
        os.set_blocking(self._fd, False)

    def send(self, message: Message, *, droppable: bool = False) -> None:
        """Send one message. droppable: not worth keeping if the other end has not read the last one."""
        self.flush()
        if droppable and self._unsent:
            return
        self._unsent += json.dumps(message, separators=(",", ":"), default=str).encode() + b"\n"
        self.flush()

    def flush(self) -> None:
        """Send what was kept, as far as it goes; nothing once the other end is gone."""
        try:
            while self._unsent:
                self._unsent = self._unsent[os.write(self._fd, self._unsent) :]
        except BlockingIOError:
            return
        except OSError:
            self._unsent = b""


def read_messages(fd: int) -> Iterator[Message]:
    """Messages until the other end closes. A line that is cut off by its death is no message.

    Reads the descriptor itself: a buffered stream held by a thread blocks the interpreter from ending.
    """
    unread = b""
    while chunk := os.read(fd, _CHUNK):
        *lines, unread = (unread + chunk).split(b"\n")
        for line in lines:
            yield json.loads(line)
