"""Places for gRPC messages on their way in: few, so that memory is bounded; nobody can sit on one.

The library takes a message into memory from when we ask for it until it is whole, and holds a thread all that time. A sender that
opens calls and never finishes a message would, in the end, have every thread.

    call ──► waits for a place ──► message arrives ──► gives the place back ──► checked, kept, answered
                     │
                     └─ all taken: the call that has had its place longest, if it had it for `PATIENCE_S`, is cancelled,
                        which asks its sender to come back

A slow sender has all the time it wants as long as nobody waits.
"""

import threading
import time
from collections.abc import Iterator
from typing import Protocol

PLACES = 32
"""Messages that arrive at one moment. Times the largest message, this is what they can take of memory."""
PATIENCE_S = 1.0
"""How long a call keeps its place while others wait for one; a message of 4 MiB takes a hundredth of it on loopback."""


class Call(Protocol):
    """What is needed of a gRPC server call."""

    def is_active(self) -> bool:
        """Whether the sender still waits for an answer."""
        ...

    def cancel(self) -> object:
        """End it; its sender is told CANCELLED, which OTLP senders take for "come back"."""
        ...


class Arrivals:
    """The places, and who has them since when. Thread safe."""

    def __init__(self, *, places: int = PLACES, patience_s: float = PATIENCE_S) -> None:
        self._free = places
        self._patience_s = patience_s
        self._changed = threading.Condition()
        self._since: dict[Call, float] = {}
        """Calls that have a place, longest first."""

    def receive(self, messages: Iterator[bytes], call: Call) -> bytes | None:
        """The message of a call, once it is whole; None where there is none, or its sender is gone.

        Raises: what `messages` raises for a call that was cancelled or broke off meanwhile.
        """
        if not self._take_place(call):
            return None
        try:
            return next(messages, None)
        finally:
            with self._changed:
                self._since.pop(call, None)
                self._free += 1
                self._changed.notify()

    def _take_place(self, call: Call) -> bool:
        with self._changed:
            while self._free <= 0:
                self._changed.wait(self._cancel_longest())
                if not call.is_active():
                    self._changed.notify()  # what woke this one was meant for somebody who is there
                    return False
            self._free -= 1
            self._since[call] = time.monotonic()
            return True

    def _cancel_longest(self) -> float:
        """Cancel who sat too long, one for each who asks; returns the seconds to wait for a place."""
        longest = next(iter(self._since), None)
        if longest is None:  # all who have a place were told to go
            return self._patience_s
        left = self._since[longest] + self._patience_s - time.monotonic()
        if left > 0:
            return left
        del self._since[longest]
        longest.cancel()
        return self._patience_s
