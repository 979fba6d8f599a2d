"""Finished spans and log records → our queue; spans of others inside a run get its address."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from opentelemetry.context import Context
from opentelemetry.sdk._logs import LogRecordProcessor, ReadableLogRecord, ReadWriteLogRecord
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor

from contexta.base.address import Address
from contexta.base.coerce import Attributes
from contexta.base.misuse import note_internal_error
from contexta.base.sequence import producer
from contexta.delivery.exporter import Exporter
from contexta.delivery.items import Item, LogItem, SpanItem
from contexta.delivery.queue import EvidenceQueue
from contexta.delivery.segments import size_of
from contexta.emitter.riding import events_of_this_span
from contexta_semconv import attributes as names

if TYPE_CHECKING:
    from collections.abc import Mapping

AddressOf = Callable[[Context | None], Address | None]


class _Intake:
    """The queue, and the exporter that empties it."""

    def __init__(self, queue: EvidenceQueue, exporter: Exporter) -> None:
        self._queue = queue
        self._exporter = exporter

    def put(self, item: Item) -> None:
        self._exporter.ensure_running()
        self._queue.put(item)

    def flush(self, timeout_s: float) -> bool:
        self._exporter.ensure_running()
        return self._queue.wait_until_empty(timeout_s, patient=False)


class EvidenceSpanProcessor(SpanProcessor):
    """Takes evidence spans, and any span that was started inside a run. Never raises, never
    blocks longer than the queue's bound. `address_of` finds the run a span starts in."""

    def __init__(self, queue: EvidenceQueue, exporter: Exporter, address_of: AddressOf) -> None:
        self._intake = _Intake(queue, exporter)
        self._address_of = address_of
        self._listening = True

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Stamp the address on a span of somebody else's that starts inside a run."""
        try:
            present = cast("Mapping[str, object]", span.attributes or {})
            if not self._listening or _is_evidence(present):
                return
            address = self._address_of(parent_context)
            if address is not None:
                span.set_attributes({**address.attributes, names.CONTEXTA_PRODUCER_ID: producer.id})
        except Exception as fault:
            note_internal_error("a span's start", fault)

    def on_end(self, span: ReadableSpan) -> None:
        """Queue it, numbered; what belongs to no run and is no evidence is none of our business."""
        try:
            present = cast("Mapping[str, object]", span.attributes or {})
            if self._listening and _is_evidence(present):
                self._intake.put(self._item(span, present))
        except Exception as fault:
            note_internal_error("a span's end", fault)

    def _item(self, span: ReadableSpan, present: Mapping[str, object]) -> SpanItem:
        added: Attributes = {}
        if names.CONTEXTA_SEQ not in present:
            added[names.CONTEXTA_SEQ] = producer.take()
            if names.CONTEXTA_PRODUCER_ID not in present:
                added[names.CONTEXTA_PRODUCER_ID] = producer.id
        size = 200 + size_of(cast("Attributes", present))
        for event in span.events:
            size += 24 + len(event.name) + size_of(cast("Attributes", event.attributes or {}))
        riding = events_of_this_span() if added == {} else ()
        size += sum([24 + event.size for event in riding])
        return SpanItem(span, added, size, 1 + len(riding), riding)

    def shutdown(self) -> None:
        """Take nothing more. What is queued is the exporter's to deliver."""
        self._listening = False

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Whether everything finished was delivered in time."""
        return self._intake.flush(timeout_millis / 1000)


def _is_evidence(attributes: Mapping[str, object]) -> bool:
    return names.CONTEXTA_RUN_ID in attributes or names.CONTEXTA_EVIDENCE_KIND in attributes


class EvidenceLogProcessor(LogRecordProcessor):
    """Takes the log records of our own logger."""

    def __init__(self, queue: EvidenceQueue, exporter: Exporter) -> None:
        self._intake = _Intake(queue, exporter)

    def on_emit(self, log_record: ReadWriteLogRecord) -> None:
        """Queue it."""
        try:
            record = ReadableLogRecord(
                log_record=log_record.log_record,
                resource=log_record.resource,  # pyright: ignore[reportArgumentType]: always set by a logger
                instrumentation_scope=log_record.instrumentation_scope,
                limits=log_record.limits,
            )
            attributes = cast("Attributes", record.log_record.attributes or {})
            self._intake.put(LogItem(record, 100 + size_of(attributes)))
        except Exception as fault:
            note_internal_error("a log record", fault)

    def shutdown(self) -> None:
        """What is queued is the exporter's to deliver."""

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Whether everything emitted was delivered in time."""
        return self._intake.flush(timeout_millis / 1000)
