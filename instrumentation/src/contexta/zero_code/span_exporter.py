"""`OTEL_TRACES_EXPORTER=otlp,contexta`: the plain way to send a program's spans to us as well.

For programs that are configured by environment variables alone. All spans go, in a run or not. It
numbers nothing, so that a span that also came through a link is the same span once more, and not a
gap; those are left out here anyway.
"""

from __future__ import annotations

from collections.abc import Sequence

from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from contexta.base.misuse import note_internal_error
from contexta.delivery.items import SpanItem
from contexta.emitter import lifecycle
from contexta.emitter.link import is_evidence, is_linked, taken


class ContextaSpanExporter(SpanExporter):
    """Puts spans into the queue of this process; sending, retrying and counting are done there."""

    def __init__(self) -> None:
        taken.asked_for = True

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Queue them. Fails only if nothing can be sent at all; that has been said then."""
        try:
            provider = trace.get_tracer_provider()
            linked = isinstance(provider, TracerProvider) and is_linked(provider)
            emitter = lifecycle.acquire()
            if emitter is None:
                return SpanExportResult.FAILURE
            for span in spans:
                if span not in taken.spans and not (linked and is_evidence(span)):
                    emitter.hand_over(SpanItem(span, {}, _size(span), 1, ()))
        except Exception as fault:
            note_internal_error("the span exporter", fault)
            return SpanExportResult.FAILURE
        return SpanExportResult.SUCCESS

    def shutdown(self) -> None:
        """The program's provider ends: what it handed over is delivered, within the exit's time."""
        emitter = lifecycle.existing()
        if emitter is not None:
            emitter.flush(emitter.settings.exit_timeout_s, patient=False)

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Whether everything handed over was delivered in time."""
        emitter = lifecycle.existing()
        return emitter is None or emitter.flush(timeout_millis / 1000)


def _size(span: ReadableSpan) -> int:
    """Roughly the bytes it takes on the wire."""
    entries = len(span.attributes or {}) + sum(1 + len(one.attributes or {}) for one in span.events)
    return 200 + 80 * entries
