"""Admission: what is let in while reconstruction lags, memory is short or the server is stopping.

Who is not let in is told to come back, soon: a sender gives up after about ten seconds, and what it gives up is lost.
"""

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager

DEFAULT_MAX_LAG_BYTES = 512 * 1024 * 1024
DEFAULT_MAX_IN_FLIGHT_BYTES = 256 * 1024 * 1024
LARGE_BYTES = 4 * 1024 * 1024
LARGE_FACTOR = 8
"""A large request weighs more than its bytes: made of the smallest messages there are, it takes up to ninety times as many once
it is parsed. Senders split theirs well below this size, so it is single ones that wait for each other."""
RETRY_SECONDS = 1.0
"""Standard senders double their own waits; more than 2 s here would cost them the batch."""


class Unavailable(Exception):
    """Not now, but soon. `cause` is a stable word for `/metrics`: lag, memory, stopping, disk_full, journal_failed."""

    def __init__(self, cause: str, detail: str, *, retry_after_s: float = RETRY_SECONDS) -> None:
        super().__init__(detail)
        self.cause = cause
        self.detail = detail
        self.retry_after_s = retry_after_s


class Admission:
    """Decides who is let in.

    lag_bytes: how much of the journal is not reconstructed yet; asked for every request.
    """

    def __init__(
        self,
        lag_bytes: Callable[[], int],
        *,
        max_lag_bytes: int = DEFAULT_MAX_LAG_BYTES,
        max_in_flight_bytes: int = DEFAULT_MAX_IN_FLIGHT_BYTES,
    ) -> None:
        self._lag_bytes = lag_bytes
        self._max_lag_bytes = max_lag_bytes
        self._max_in_flight_bytes = max_in_flight_bytes
        self._changed = threading.Condition()
        self._in_flight_bytes = 0
        self._in_flight = 0
        self._stopping = False

    @contextmanager
    def admit(self, size_bytes: int) -> Generator[None]:
        """Hold a place for a request of this size. Raises Unavailable."""
        weight = size_bytes * (LARGE_FACTOR if size_bytes > LARGE_BYTES else 1)
        lag = self._lag_bytes()
        if lag > self._max_lag_bytes:
            raise Unavailable("lag", f"reconstruction is {lag} bytes behind")
        with self._changed:
            if self._stopping:
                raise Unavailable("stopping", "the server is stopping")
            # One request alone is always let in: its size has its own limit.
            if self._in_flight and self._in_flight_bytes + weight > self._max_in_flight_bytes:
                raise Unavailable("memory", "as many requests as memory allows are in flight")
            self._in_flight += 1
            self._in_flight_bytes += weight
        try:
            yield
        finally:
            with self._changed:
                self._in_flight -= 1
                self._in_flight_bytes -= weight
                self._changed.notify_all()

    @property
    def problem(self) -> str | None:
        """Why nobody is let in now; None while they are."""
        if self._stopping:
            return "the server is stopping"
        lag = self._lag_bytes()
        return f"reconstruction is {lag} bytes behind" if lag > self._max_lag_bytes else None

    @property
    def crowded(self) -> bool:
        """Whether who can wait without harm should: half of the lag that is allowed is there."""
        return self._lag_bytes() > self._max_lag_bytes // 2

    def stop(self, timeout_s: float) -> bool:
        """Let nobody in any more, wait for those inside. Returns whether all are out."""
        with self._changed:
            self._stopping = True
            return self._changed.wait_for(lambda: self._in_flight == 0, timeout_s)
