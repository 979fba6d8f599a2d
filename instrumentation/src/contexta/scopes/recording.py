"""What an open scope does with a record: number it, keep it with the others, let them leave in time."""

from __future__ import annotations

import abc
import time
from typing import TYPE_CHECKING, ClassVar, Final, cast

from opentelemetry.context import Context

from contexta.base import coerce, secrets
from contexta.base.address import NOWHERE, Address
from contexta.base.coerce import Attributes, Instant
from contexta.base.sequence import producer
from contexta.delivery import segments
from contexta.delivery.ledger import ledger
from contexta.delivery.segments import EventBuffer, RecordedEvent
from contexta.emitter import lifecycle
from contexta.records import events
from contexta.records.capture import Capture, Partly, Work, captures, wait_for
from contexta.records.records import Records, Sink
from contexta.records.redactions import Redactions
from contexta_semconv import attributes as names
from contexta_semconv import events as event_names

if TYPE_CHECKING:
    from contexta.emitter.emitter import Emitter


_LATE: Final = "it took too long, or failed"


class Recording(Records, Sink):
    """The records of one scope, from the call to the segment they leave in."""

    kind: ClassVar[str]

    def __init__(self) -> None:
        self.address: Address = NOWHERE
        self._emitter: Emitter | None = None
        self._context: Context | None = None
        self._has_pulse = True
        self._start_collecting()

    def _start_collecting(self) -> None:
        """With nothing collected yet."""
        self._buffer = EventBuffer()
        self._captures: list[Capture] = []
        self._redactions: Redactions | None = None

    @property
    @abc.abstractmethod
    def is_open(self) -> bool:
        """Whether it has been started and not ended."""

    @property
    @abc.abstractmethod
    def root(self) -> Recording:
        """The outermost scope of this run: what waits for hashes, and says what was masked."""

    def record(
        self, name: str, attributes: Attributes, at: Instant | None, captured_by: str | None
    ) -> None:
        at_ns = time.time_ns() if at is None else events.moment(at)
        self._keep(self._complete(name, attributes, at_ns, producer.take(), captured_by))

    def record_later(
        self,
        name: str,
        known: Attributes,
        work: Work,
        at: Instant | None,
        captured_by: str | None,
        unfinished: str,
    ) -> None:
        at_ns = time.time_ns() if at is None else events.moment(at)
        seq = producer.take()
        root = self.root
        self._tell_redactions()

        def finish(found: object) -> None:
            if isinstance(found, dict):
                more, marker = cast("Attributes", found), None
            else:
                left = found if isinstance(found, Partly) else Partly({}, unfinished, _LATE)
                more = left.attributes
                marker = events.degraded(left.reason, detail=f"{name} is without it: {left.detail}")
            event = self._complete(name, {**known, **more}, at_ns, seq, captured_by)
            (self if self.is_open else root)._keep(event)
            if marker is not None:
                root.record(event_names.DEGRADED, marker, None, None)

        capture = Capture(work, finish)
        root._captures.append(capture)
        captures.start(capture)

    def send_at_once(self, name: str, attributes: Attributes, at_ns: int | None = None) -> None:
        """Record one event and send it now, ahead of what waits."""
        if self._emitter is None or self._context is None:
            return
        at_ns = time.time_ns() if at_ns is None else at_ns
        event = self._complete(name, attributes, at_ns, producer.take(), None)
        ledger.count_event(name)
        if self._emitter.as_logs:
            self._emitter.log(event, self._context)
        if self._emitter.as_spans:
            self._send([event], urgent=True)
        self._emitter.send_now()

    def send_pending(self, older_than_s: float = 0.0) -> None:
        """Let the events that wait here leave now, if the oldest has waited that long."""
        leaving = self._buffer.take(older_than_s)
        if leaving:
            self._send(leaving)

    def _complete(
        self, name: str, attributes: Attributes, at_ns: int, seq: int, captured_by: str | None
    ) -> RecordedEvent:
        complete = {**self.address.attributes, **attributes}
        complete[names.CONTEXTA_PRODUCER_ID] = producer.id
        complete[names.CONTEXTA_SEQ] = seq
        if captured_by is not None:
            complete[names.CONTEXTA_CAPTURED_BY] = coerce.text(captured_by)
        return RecordedEvent(name, complete, at_ns, segments.size_of(complete))

    def _keep(self, event: RecordedEvent) -> None:
        ledger.count_event(event.name)
        self._tell_redactions()
        emitter = self._emitter
        if emitter is None or self._context is None:
            return
        if emitter.as_logs:
            emitter.log(event, self._context)
        if emitter.as_spans:
            leaving = self._buffer.add(event)
            if leaving:
                self._send(leaving)
        if not self._has_pulse:
            self._has_pulse = True
            lifecycle.hooks.beat()

    def _send(
        self, leaving: list[RecordedEvent], *, urgent: bool = False, seq: int | None = None
    ) -> None:
        if self._emitter is not None and self._context is not None:
            index = self._buffer.next_index()
            self._emitter.segment(
                self.address.attributes, self._context, index, leaving, urgent=urgent, seq=seq
            )

    # What was masked

    def _tell_redactions(self) -> None:
        """Count what was masked on this thread for the run; the first of it is said at once."""
        masked, failed = secrets.take_tally()
        if masked or failed:
            root = self.root
            if root._redactions is None:
                root._redactions = Redactions()
            for marker in root._redactions.add(masked, failed):
                root.record(event_names.DEGRADED, marker, None, None)

    def _tell_other_redactions(self) -> None:
        """At the end: what was masked since."""
        self._tell_redactions()
        if self._redactions is not None:
            for marker in self._redactions.rest():
                self.record(event_names.DEGRADED, marker, None, None)

    # What is still being found out

    def wait_for_captures(self, timeout_s: float) -> None:
        """Wait for hashes and the like that are under way; what is late is recorded without."""
        waiting, self._captures = self._captures, []
        if waiting:
            wait_for(waiting, timeout_s)

    def captured_within(self, timeout_s: float) -> bool:
        """Whether hashes and the like that are under way finish in time; what is late goes on."""
        deadline = time.monotonic() + timeout_s
        return all(one.wait(max(0.0, deadline - time.monotonic())) for one in list(self._captures))

    def forked(self) -> None:
        """In a forked child: what waits here is the parent's to send. What is recorded here from now
        on has no thread yet that lets it leave in time; the first record starts one."""
        self._start_collecting()
        self._has_pulse = False
