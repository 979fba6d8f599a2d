"""What scopes emit through: spans and log records of ours, numbered, into our queue."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from opentelemetry._logs import SeverityNumber
from opentelemetry.trace import Span, SpanKind, Tracer

from contexta.base.coerce import Attributes
from contexta.base.sequence import producer
from contexta.base.settings import Settings
from contexta.delivery.exporter import Exporter
from contexta.delivery.items import Item
from contexta.delivery.ledger import ledger
from contexta.delivery.queue import DropCounts, EvidenceQueue
from contexta.delivery.segments import RecordedEvent
from contexta.emitter.riding import riding_on_the_next_span
from contexta_semconv import attributes as names
from contexta_semconv import spans

if TYPE_CHECKING:
    from opentelemetry._logs import Logger
    from opentelemetry.context import Context

_SEVERITIES: Final = {
    "trace": SeverityNumber.TRACE,
    "debug": SeverityNumber.DEBUG,
    "info": SeverityNumber.INFO,
    "warn": SeverityNumber.WARN,
    "error": SeverityNumber.ERROR,
    "fatal": SeverityNumber.FATAL,
}


class Emitter:
    """The way out for one process. Made by `lifecycle.acquire`, kept until `shutdown`."""

    def __init__(
        self,
        settings: Settings,
        tracer: Tracer,
        logger: Logger,
        queue: EvidenceQueue,
        exporter: Exporter,
        drops: DropCounts,
    ) -> None:
        self.settings = settings
        self.drops = drops
        self._tracer = tracer
        self._logger = logger
        self._queue = queue
        self._exporter = exporter
        self.as_spans = settings.carrier != "log"
        self.as_logs = settings.carrier != "span"

    def start_span(
        self, name: str, attributes: Attributes, context: Context, at_ns: int | None
    ) -> Span:
        """Open a span of ours; the producer is stamped on it."""
        complete = {**attributes, names.CONTEXTA_PRODUCER_ID: producer.id}
        return self._tracer.start_span(
            name, context=context, kind=SpanKind.INTERNAL, attributes=complete, start_time=at_ns
        )

    def end_span(
        self,
        span: Span,
        at_ns: int | None,
        events: Sequence[RecordedEvent] = (),
        seq: int | None = None,
    ) -> None:
        """Finish a span of ours with the events that are left for it; its number is taken now
        unless it was reserved. The events are handed to the processors beside the span: adding them
        to it would clean and copy each attribute again on the calling thread."""
        span.set_attribute(names.CONTEXTA_SEQ, producer.take() if seq is None else seq)
        ledger.count_span()
        with riding_on_the_next_span(events):
            span.end(at_ns)

    def segment(
        self,
        address: Attributes,
        context: Context,
        index: int,
        events: Sequence[RecordedEvent],
        *,
        urgent: bool = False,
        seq: int | None = None,
    ) -> None:
        """Send events of an open scope on a child span that has already ended; `seq`: the number
        reserved for it."""
        times = [event.at_ns for event in events]
        attributes: Attributes = {
            **address,
            names.CONTEXTA_EVIDENCE_KIND: spans.SEGMENT,
            names.CONTEXTA_SEGMENT_INDEX: index,
        }
        span = self.start_span("evidence segment", attributes, context, min(times))
        self.end_span(span, max(times), events, seq)
        if urgent:
            self._queue.wake()

    def log(self, event: RecordedEvent, context: Context) -> None:
        """Send one event as a log record; severity moves from attribute to field."""
        attributes = dict(event.attributes)
        severity = attributes.pop(names.CONTEXTA_EVENT_SEVERITY, None)
        number = _SEVERITIES.get(str(severity), SeverityNumber.INFO)
        self._logger.emit(
            timestamp=event.at_ns,
            observed_timestamp=time.time_ns(),
            context=context,
            severity_number=number,
            severity_text=number.name,
            attributes=attributes,
            event_name=event.name,
        )

    def hand_over(self, item: Item) -> None:
        """Send a span that was made elsewhere."""
        self._exporter.ensure_running()
        self._queue.put(item)

    def send_now(self) -> None:
        """Don't wait for more before sending."""
        self._queue.wake()

    def flush(self, timeout_s: float, *, patient: bool = True) -> bool:
        """Whether everything finished was delivered within `timeout_s`."""
        if not self._exporter.has_work:
            return True
        self._exporter.ensure_running()
        return self._queue.wait_until_empty(timeout_s, patient=patient)

    def rescue_if_stuck(self, after_s: float) -> None:
        """Put on disk what has been under way to the endpoint for `after_s`."""
        self._exporter.rescue_if_stuck(after_s)

    def stop(self, timeout_s: float) -> None:
        """Deliver what can be delivered in `timeout_s`, keep the rest on disk, end the thread."""
        self._exporter.stop(timeout_s)

    def pause_for_fork(self) -> None:
        """Keep the exporter out of the network while the process forks."""
        self._exporter.hold()

    def resume_after_fork(self) -> None:
        """In the parent: go on."""
        self._exporter.release()

    def restart_in_child(self) -> None:
        """In the child: the queue, the thread and the connection are the parent's."""
        self._queue.clear()
        self._exporter.reset()
        self._exporter.transport.forget()
