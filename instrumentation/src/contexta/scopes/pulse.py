"""The thread that keeps open scopes alive downstream: heartbeats, and events that waited 5 s.

It runs while a scope is open, and says in the evidence what was lost on the way out.
"""

from __future__ import annotations

import threading
import time
from typing import Final

from contexta.base.coerce import Attributes
from contexta.base.misuse import note_internal_error
from contexta.base.sequence import producer
from contexta.emitter import lifecycle
from contexta.records import events
from contexta.scopes.children import children
from contexta.scopes.scope import Scope
from contexta.scopes.surrounding import open_scopes
from contexta_semconv import attributes as names
from contexta_semconv import events as event_names
from contexta_semconv import spans

# An event is safe (sent, or on disk) within `segment_s`: what it waits for company, a pulse, the
# exporter's delay and its writing all fit in.
_AGE: Final = 0.6
_STUCK: Final = 0.2


class _Pulse:
    """When what was said last."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.lock = threading.Lock()
        self.thread: threading.Thread | None = None
        self.last_beat = time.monotonic()
        self.losses_told = 0
        self.reason = ""

    def start(self) -> None:
        with self.lock:
            if self.thread is None or not self.thread.is_alive():
                self.last_beat = time.monotonic()
                self.thread = threading.Thread(target=self.run, name="contexta-pulse", daemon=True)
                self.thread.start()

    def run(self) -> None:
        while True:
            settings = lifecycle.current_settings()
            time.sleep(min(0.5, settings.segment_s / 10, settings.heartbeat_s / 4))
            if not open_scopes:
                with self.lock:
                    if not open_scopes:
                        self.thread = None
                        return
            try:
                self.tick(settings.segment_s, settings.heartbeat_s)
            except Exception as fault:
                note_internal_error("the pulse", fault)

    def tick(self, segment_s: float, heartbeat_s: float) -> None:
        for scope in list(open_scopes.values()):
            scope.send_pending(segment_s * _AGE)
        emitter = lifecycle.existing()
        if emitter is not None:
            emitter.rescue_if_stuck(segment_s * _STUCK)
        now = time.monotonic()
        if now - self.last_beat >= heartbeat_s:
            self.last_beat = now
            for run in _open_runs():
                for children_of_it in children.news_of(run.id) or [{}]:
                    run.send_at_once(event_names.HEARTBEAT, {**_alive(), **children_of_it})
                tell_losses(run)


_pulse: Final = _Pulse()


def beat() -> None:
    """Keep a pulse from now until no scope is open."""
    _pulse.start()


def reset() -> None:
    """In a forked child: no thread, nothing told."""
    _pulse.reset()


def note_rejected(_count: int, message: str) -> None:
    """What the endpoint said when it refused evidence; goes with the next marker."""
    _pulse.reason = message


def tell_children(run: Scope) -> None:
    """What forked children have counted since the last heartbeat, on a `run` that ends."""
    for children_of_it in children.news_of(run.id):
        run.record(event_names.HEARTBEAT, {**_alive(), **children_of_it}, None, None)


def _alive() -> Attributes:
    return {names.CONTEXTA_HEARTBEAT_LAST_SEQ: producer.last}


def tell_losses(run: Scope) -> None:
    """A degraded marker on `run` if evidence was lost since the last one."""
    emitter = lifecycle.existing()
    if emitter is None or emitter.drops.total <= _pulse.losses_told:
        return
    lost = emitter.drops.total
    causes = ", ".join(f"{cause}: {count}" for cause, count in emitter.drops.by_cause().items())
    marker = events.degraded(
        "evidence_dropped",
        category="transport",
        detail=f"{causes}; {_pulse.reason}" if _pulse.reason else causes,
        expected=producer.last + 1,
        observed=max(0, producer.last + 1 - lost),
        remedy=_remedy(emitter.drops.by_cause()),
    )
    _pulse.losses_told = lost
    run.record(event_names.DEGRADED, marker, None, None)


def _remedy(causes: dict[str, int]) -> str:
    if "spool_full" in causes:
        return "deliver the spool (contexta-ship), or raise CONTEXTA_SPOOL_MAX_BYTES"
    if "spool_failed" in causes:
        return "set CONTEXTA_SPOOL to a directory that can be written"
    if "queue_full" in causes:
        return "raise CONTEXTA_QUEUE_MAX_BYTES, or emit less per second"
    return "look at what the endpoint answered, in the detail"


def _open_runs() -> list[Scope]:
    return [scope for scope in list(open_scopes.values()) if scope.kind == spans.RUN]
