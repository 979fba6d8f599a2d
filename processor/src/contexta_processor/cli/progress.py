"""How far long work is: one line on a terminal, taken away when it is done."""

import sys
import time
from types import TracebackType
from typing import Final, Self

_AGAIN_AFTER_S: Final = 0.1


class Progress:
    """One line on standard error, where that is a terminal.

    total: how much there is to do, in bytes, where that is known. after_s: work that is done sooner says nothing.
    """

    def __init__(self, total: int = 0, *, after_s: float = 0.5) -> None:
        self._total = total
        self._after_s = after_s
        self._done = 0
        self._since = time.monotonic()
        self._shown_at = 0.0
        self._on = sys.stderr.isatty()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._on and self._shown_at:
            sys.stderr.write("\r\x1b[K")

    def add(self, what: str, count: int) -> None:
        """So many more bytes are done, of what."""
        self._done += count
        self._show(what, self._done, max(self._total, self._done) if self._total else 0)

    def rows(self, position: int, end: int) -> None:
        """How far of the journal rows are made of it."""
        self._show("making rows", position, end)

    def _show(self, what: str, done: int, total: int) -> None:
        now = time.monotonic()
        early = now - self._since < self._after_s or now - self._shown_at < _AGAIN_AFTER_S
        if not self._on or early:
            return
        from contexta_processor.surfaces.render.text import safe, size

        self._shown_at = now
        of = f" of {size(total)}" if total else ""
        sys.stderr.write(f"\r\x1b[K{safe(what)[-60:]}  {size(done)}{of}")
        sys.stderr.flush()
