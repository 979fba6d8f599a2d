"""The thread that empties the queue: encode, send, keep on disk what cannot be sent, deliver it later.

                 ┌─ delivered
queue ── send ───┤
                 └─ to be tried again ── spool ── send again after a while ── removed
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Sequence
from typing import Final

from opentelemetry import context as otel_context

from contexta.base.misuse import logger, note_internal_error, warn_once
from contexta.delivery import spool as spool_files
from contexta.delivery.encode import encode
from contexta.delivery.encode_json import encode_json
from contexta.delivery.items import Item, Signal
from contexta.delivery.queue import DropCounts, EvidenceQueue
from contexta.delivery.spool import Spool
from contexta.delivery.transport import Outcome, Transport

REQUEST_LIMIT: Final = 3_500_000
_BATCH_ITEMS: Final = 512
_BATCH_BYTES: Final = 2_000_000
_BACKOFF_S: Final = (0.1, 5.0)
_SHORT_PAUSE_S: Final = 1.0
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
        spool: Spool | None = None,
    ) -> None:
        self._queue = queue
        self._drops = drops
        self._delay_s = delay_s
        self._timeout_s = timeout_s
        self._on_rejected = on_rejected
        self._spool = spool
        self.transport = transport
        self._writes_files = transport.name.startswith("file:")
        if spool is not None:
            queue.overflow = self
            queue.waits_elsewhere = spool.holds_own
        self.reset()

    def reset(self) -> None:
        """As before the first start (a forked child has no thread and new locks)."""
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        self._sending = threading.Lock()
        self._held = False
        self._stop = threading.Event()
        self._give_up_at: float | None = None
        self._unsettled: list[Item] = []
        self._unsettled_since = 0.0
        self._copied = False
        self._failures = 0
        self._next_attempt = 0.0
        if self._spool is not None:
            self._spool.reset()

    def ensure_running(self) -> None:
        """Start the thread unless it runs. An interpreter that is ending starts none any more:
        then `stop` keeps what is queued."""
        if self._thread is not None and self._thread.is_alive():
            return
        with self._starting:
            if (self._thread is None or not self._thread.is_alive()) and not self._stop.is_set():
                thread = threading.Thread(target=self._run, name="contexta-export", daemon=True)
                try:
                    thread.start()
                except RuntimeError:
                    return
                self._thread = thread

    @property
    def has_work(self) -> bool:
        """Whether anything recorded in this process is not delivered yet."""
        own = self._spool is not None and self._spool.holds_own()
        return len(self._queue) > 0 or self._queue.in_flight > 0 or own

    def hold(self) -> None:
        """Stay out of the network (at most a second is waited for a request under way)."""
        self._held = self._sending.acquire(timeout=1.0)

    def release(self) -> None:
        """Go on after `hold`."""
        if self._held:
            self._sending.release()
            self._held = False

    def stop(self, timeout_s: float) -> None:
        """Deliver what there is, at most for `timeout_s`, keep the rest on disk, then end."""
        self._give_up_at = time.monotonic() + timeout_s
        if self._thread is not None:
            self._last_attempt(timeout_s)
        self._stop.set()
        self._queue.wake()
        left = [*self._unsettled, *self._queue.take_rest()]
        if left:
            self._keep_all(left, otherwise="endpoint_unreachable", sync=True)
        if self._thread is not None:
            self._thread.join(timeout=0.5)

    def _last_attempt(self, timeout_s: float) -> None:
        """Wait for delivery; with the endpoint away and everything safe on disk, one attempt is all."""
        failures, self._next_attempt = self._failures, 0.0
        deadline = time.monotonic() + timeout_s
        while not self._queue.wait_until_empty(min(0.1, max(0.0, deadline - time.monotonic()))):
            tried_in_vain = self._failures > failures
            in_memory = len(self._queue) > 0 or self._queue.in_flight > 0
            if time.monotonic() >= deadline or (tried_in_vain and not in_memory):
                return

    def rescue_if_stuck(self, after_s: float) -> None:
        """Called by the pulse: a request that has been under way for `after_s` may never be
        answered, and a kill would take it along. What it carries and what waits behind it goes to
        disk (and perhaps twice to the endpoint, which changes nothing)."""
        if not self._unsettled or time.monotonic() - self._unsettled_since < after_s:
            return
        if not self.ready():
            return
        if not self._copied:
            self._copied = True
            self._keep_copy(self._unsettled)
        self._queue.move_to_overflow()

    def _keep_copy(self, items: Sequence[Item]) -> None:
        for signal in ("traces", "logs"):
            of_signal = [item for item in items if item.signal == signal]
            if of_signal:
                self._keep(signal, of_signal)

    # The thread

    def _run(self) -> None:
        token = otel_context.attach(_suppressed())
        try:
            while not self._stop.is_set():
                batch = self._queue.take(_BATCH_ITEMS, _BATCH_BYTES, self._patience())
                self._unsettled, self._unsettled_since = batch, time.monotonic()
                self._copied = False
                self._deliver_safely(batch)
                self._ship_safely()
            self.transport.close()
        finally:
            otel_context.detach(token)

    def _patience(self) -> float:
        """How long to wait for a batch: not past the next attempt for what waits on disk."""
        if self._spool is None or not self._spool.holds_any():
            return self._delay_s
        return min(self._delay_s, max(0.0, self._next_attempt - time.monotonic()))

    def _deliver_safely(self, batch: list[Item]) -> None:
        try:
            for signal in ("traces", "logs"):
                self._deliver(signal, [item for item in batch if item.signal == signal])
        except Exception as fault:
            self._drops.add("internal_error", sum(item.evidence for item in batch))
            note_internal_error("the exporter", fault)
        finally:
            self._unsettled = []
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
        """Send one request; while the endpoint is away it goes to disk, or, where that is not
        possible, is tried until it is taken."""
        while True:
            away_s = self._next_attempt - time.monotonic()
            if away_s > _SHORT_PAUSE_S and self._keep(signal, items):
                return
            if not self._pause(away_s):
                self._keep_all(items, otherwise="endpoint_unreachable", sync=True)
                return
            outcome = self._attempt(signal, request)
            if outcome.verdict != "retry":
                self._note_answer(outcome, sum(item.evidence for item in items))
                return
            self._note_away(outcome)
            if self._rescued() or self._keep(signal, items):
                return

    def _rescued(self) -> bool:
        """Whether `stop` has put aside what was under way."""
        return self._stop.is_set()

    def _attempt(self, signal: Signal, request: bytes) -> Outcome:
        with self._sending:
            return self.transport.send(signal, request, self._timeout_s)

    def _pause(self, seconds: float) -> bool:
        """Wait before the next attempt; False when there will be none."""
        until = time.monotonic() + seconds
        while not self._stop.is_set():
            now = time.monotonic()
            if self._give_up_at is not None and now >= self._give_up_at:
                return False
            if now >= min(until, self._next_attempt):
                return True
            self._stop.wait(min(0.1, until - now))
        return False

    # What was answered

    def _note_away(self, outcome: Outcome) -> None:
        """Not now: when to try again, with jitter, and not before the receiver asked for it."""
        first, longest = _BACKOFF_S
        backoff = min(longest, first * 2 ** min(self._failures, 10)) * random.uniform(0.5, 1.0)
        self._failures += 1
        self._next_attempt = time.monotonic() + max(backoff, outcome.retry_after_s or 0.0)
        self._queue.mark_away(True)
        warn_once(
            "endpoint",
            "contexta cannot reach %s (%s). The job goes on; evidence is kept in %s and sent when "
            "it answers. Start `contexta serve`, or set CONTEXTA_ENDPOINT.",
            self.transport.name,
            outcome.message,
            "memory" if self._spool is None else self._spool.place,
        )

    def _note_answer(self, outcome: Outcome, evidence: int) -> None:
        """The endpoint is there; what it did not take is counted and told."""
        self._failures, self._next_attempt = 0, 0.0
        self._queue.mark_away(False)
        if outcome.verdict == "refused":
            self._drops.add("refused_by_endpoint", evidence)
            self._on_rejected(evidence, outcome.message)
            warn_once(
                "refused",
                "%s refused evidence: %s. It is counted as dropped.",
                self.transport.name,
                outcome.message,
            )
        elif outcome.rejected:
            self._drops.add("rejected_by_endpoint", outcome.rejected)
            self._on_rejected(outcome.rejected, outcome.message)

    # To disk

    def ready(self) -> bool:
        """Whether evidence can be put aside."""
        return self._spool is not None and self._spool.ready()

    @property
    def trouble(self) -> str:
        """Why evidence cannot be put aside."""
        return "" if self._spool is None else self._spool.trouble

    def put_aside(self, items: Sequence[Item]) -> None:
        """Keep items the queue has no room for. Not synced: the caller is the job."""
        self._keep_all(items, otherwise="queue_full", sync=False)

    def _keep_all(self, items: Sequence[Item], *, otherwise: str, sync: bool) -> None:
        """To disk in requests of a size a receiver takes; what cannot be kept is counted."""
        for signal in ("traces", "logs"):
            of_signal = [item for item in items if item.signal == signal]
            for start in range(0, len(of_signal), _BATCH_ITEMS):
                self._keep_or_count(
                    signal, of_signal[start : start + _BATCH_ITEMS], otherwise, sync
                )

    def _keep_or_count(
        self, signal: Signal, items: Sequence[Item], otherwise: str, sync: bool
    ) -> None:
        try:
            if self._keep(signal, items, sync=sync):
                return
        except Exception as fault:
            note_internal_error("the spool", fault)
        lost = sum(item.evidence for item in items)
        self._drops.add(self.trouble or otherwise, lost)
        logger.info("contexta: %d items were not delivered to %s", lost, self.transport.name)

    def _keep(self, signal: Signal, items: Sequence[Item], *, sync: bool = True) -> bool:
        if self._spool is None or not self._spool.ready():
            return False
        request = encode(items)
        if len(request) > REQUEST_LIMIT and len(items) > 1:
            middle = len(items) // 2
            halves = items[:middle], items[middle:]
            return all(self._keep(signal, half, sync=sync) for half in halves)
        if self._writes_files and self._reached(signal, request):
            return True
        return self._spool.keep(signal, request, sum(item.evidence for item in items), sync=sync)

    def _reached(self, signal: Signal, request: bytes) -> bool:
        """A directory is as good as the spool: straight into it, if it can be written."""
        return self.transport.send(signal, request, self._timeout_s).verdict == "delivered"

    # From disk

    def _ship_safely(self) -> None:
        """Deliver what waits on disk, as long as the endpoint answers and nothing new presses."""
        try:
            while self._spool is not None and self._may_ship(self._spool):
                if not self._ship_one(self._spool):
                    return
        except Exception as fault:
            # A file that can neither be removed nor renamed: not again at once, and not for ever.
            self._next_attempt = time.monotonic() + _BACKOFF_S[1]
            note_internal_error("delivering the spool", fault)

    def _may_ship(self, spool: Spool) -> bool:
        if self._stop.is_set() or time.monotonic() < self._next_attempt:
            return False
        return len(self._queue) < _BATCH_ITEMS and spool.holds_any()

    def _ship_one(self, spool: Spool) -> bool:
        """Deliver one file; whether to go on."""
        path = spool.next()
        if path is None:
            return False
        with spool_files.claimed(path) as content:
            for request in spool_files.messages(content or b""):
                outcome = self._attempt(spool_files.signal_of(path), request)
                if outcome.verdict == "retry":
                    self._note_away(outcome)
                    return False
                self._note_answer(outcome, spool_files.evidence_of(path))
                if outcome.verdict == "refused":
                    path.rename(path.with_name(path.name + spool_files.REFUSED))
            if content is not None:
                path.unlink(missing_ok=True)
        spool.done(path)
        return True


def _suppressed() -> otel_context.Context:
    """A context in which instrumented grpc and HTTP clients do not trace our own exports."""
    context = otel_context.set_value(_SUPPRESS, True)
    key: str | None = getattr(otel_context, "_SUPPRESS_INSTRUMENTATION_KEY", None)
    http_key: str | None = getattr(otel_context, "_SUPPRESS_HTTP_INSTRUMENTATION_KEY", None)
    for name in (key, http_key):
        if name is not None:
            context = otel_context.set_value(name, True, context)
    return context
