"""The thread that empties the queue: encode, send, retry, count what is lost."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Sequence
from typing import Final

from opentelemetry import context as otel_context

from contexta.encode import encode
from contexta.encode_json import encode_json
from contexta.items import Item, Signal
from contexta.misuse import logger, note_internal_error, warn_once
from contexta.queue import DropCounts, EvidenceQueue
from contexta.transport import Outcome, Transport

REQUEST_LIMIT: Final = 3_500_000
_BATCH_ITEMS: Final = 512
_BATCH_BYTES: Final = 2_000_000
_BACKOFF_S: Final = (0.1, 5.0)
_SUPPRESS: Final = "suppress_instrumentation"


class Exporter:
    """Sends batches from `queue` through `transport` on a daemon thread it starts when needed."""

    def __init__(
        self,
        queue: EvidenceQueue,
        transport: Transport,
        drops: DropCounts,
        *,
        delay_s: float,
        timeout_s: float,
        on_rejected: Callable[[int, str], None],
    ) -> None:
        self._queue = queue
        self._drops = drops
        self._delay_s = delay_s
        self._timeout_s = timeout_s
        self._on_rejected = on_rejected
        self.transport = transport
        self.reset()

    def reset(self) -> None:
        """As before the first start (a forked child has no thread and new locks)."""
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        self._sending = threading.Lock()
        self._held = False
        self._stop = threading.Event()
        self._give_up_at: float | None = None

    def ensure_running(self) -> None:
        """Start the thread unless it runs."""
        if self._thread is not None and self._thread.is_alive():
            return
        with self._starting:
            if (self._thread is None or not self._thread.is_alive()) and not self._stop.is_set():
                self._thread = threading.Thread(
                    target=self._run, name="contexta-export", daemon=True
                )
                self._thread.start()

    @property
    def busy(self) -> bool:
        """Whether a batch has been taken and is not settled."""
        return self._queue.in_flight > 0

    def hold(self) -> None:
        """Stay out of the network (at most a second is waited for a request under way)."""
        self._held = self._sending.acquire(timeout=1.0)

    def release(self) -> None:
        """Go on after `hold`."""
        if self._held:
            self._sending.release()
            self._held = False

    def stop(self, timeout_s: float) -> None:
        """Deliver what is queued, at most for `timeout_s`, then end; the rest is counted as lost."""
        self._give_up_at = time.monotonic() + timeout_s
        if self._thread is not None:
            self._queue.wait_until_empty(timeout_s)
        self._stop.set()
        self._queue.wake()
        left = self._queue.drop_rest("endpoint_unreachable")
        if self._thread is not None:
            self._thread.join(timeout=0.5)
        if left:
            logger.info("contexta: %d items were not delivered to %s", left, self.transport.name)

    def _run(self) -> None:
        token = otel_context.attach(_suppressed())
        try:
            while not self._stop.is_set():
                batch = self._queue.take(_BATCH_ITEMS, _BATCH_BYTES, self._delay_s)
                self._deliver_safely(batch)
            self.transport.close()
        finally:
            otel_context.detach(token)

    def _deliver_safely(self, batch: list[Item]) -> None:
        try:
            for signal in ("traces", "logs"):
                self._deliver(signal, [item for item in batch if item.signal == signal])
        except Exception as fault:
            self._drops.add("internal_error", sum(item.evidence for item in batch))
            note_internal_error("the exporter", fault)
        finally:
            self._queue.settled()

    def _deliver(self, signal: Signal, items: Sequence[Item]) -> None:
        """Send `items`, in halves where the request would be too large for a receiver."""
        if not items:
            return
        request = encode_json(signal, items) if self.transport.json else encode(items)
        if len(request) <= REQUEST_LIMIT:
            self._send(signal, request, items)
        elif len(items) == 1:
            self._drops.add("too_large", items[0].evidence)
        else:
            middle = len(items) // 2
            self._deliver(signal, items[:middle])
            self._deliver(signal, items[middle:])

    def _send(self, signal: Signal, request: bytes, items: Sequence[Item]) -> None:
        attempt = 0
        while True:
            with self._sending:
                outcome = self.transport.send(signal, request, self._timeout_s)
            if outcome.verdict != "retry":
                break
            self._note_away(outcome)
            if not self._pause(attempt, outcome.retry_after_s):
                self._drops.add("endpoint_unreachable", sum(item.evidence for item in items))
                return
            attempt += 1
        self._queue.mark_away(False)
        self._note_rejected(outcome, items)

    def _note_away(self, outcome: Outcome) -> None:
        self._queue.mark_away(True)
        warn_once(
            "endpoint",
            "contexta cannot reach %s (%s). The job goes on; evidence is kept in memory and sent "
            "when it answers. Start `contexta serve`, or set CONTEXTA_ENDPOINT.",
            self.transport.name,
            outcome.message,
        )

    def _note_rejected(self, outcome: Outcome, items: Sequence[Item]) -> None:
        if outcome.verdict == "refused":
            count = sum(item.evidence for item in items)
            self._drops.add("refused_by_endpoint", count)
            self._on_rejected(count, outcome.message)
            warn_once(
                "refused",
                "%s refused evidence: %s. It is counted as dropped.",
                self.transport.name,
                outcome.message,
            )
        elif outcome.rejected:
            self._drops.add("rejected_by_endpoint", outcome.rejected)
            self._on_rejected(outcome.rejected, outcome.message)

    def _pause(self, attempt: int, asked_s: float | None) -> bool:
        """Wait before the next attempt; False when there will be none."""
        first, longest = _BACKOFF_S
        backoff = min(longest, first * 2 ** min(attempt, 10)) * random.uniform(0.5, 1.0)
        until = time.monotonic() + max(backoff, asked_s or 0.0)
        while not self._stop.is_set():
            now = time.monotonic()
            if self._give_up_at is not None and now >= self._give_up_at:
                return False
            if now >= until:
                return True
            self._stop.wait(min(0.1, until - now))
        return False


def _suppressed() -> otel_context.Context:
    """A context in which instrumented grpc and HTTP clients do not trace our own exports."""
    context = otel_context.set_value(_SUPPRESS, True)
    key: str | None = getattr(otel_context, "_SUPPRESS_INSTRUMENTATION_KEY", None)
    http_key: str | None = getattr(otel_context, "_SUPPRESS_HTTP_INSTRUMENTATION_KEY", None)
    for name in (key, http_key):
        if name is not None:
            context = otel_context.set_value(name, True, context)
    return context
