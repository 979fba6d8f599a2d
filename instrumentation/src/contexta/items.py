"""What waits in the queue: a finished span or a log record, with what we add to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from contexta.coerce import Attributes
from contexta.segments import RecordedEvent

if TYPE_CHECKING:
    from opentelemetry.sdk._logs import ReadableLogRecord
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.sdk.util.instrumentation import InstrumentationScope

Signal: TypeAlias = Literal["traces", "logs"]


@dataclass(frozen=True, slots=True)
class SpanItem:
    """A finished span. `added` goes on our copy of it: others' spans are never changed at their end."""

    span: ReadableSpan
    added: Attributes
    size: int
    """Roughly its bytes on the wire: what the queue is bounded by."""

    evidence: int
    """How many numbered things it carries: itself and its evidence events."""

    events: Sequence[RecordedEvent] = ()
    """Events of ours that go on it, besides those the span has."""

    signal: Signal = "traces"

    @property
    def resource(self) -> Resource:
        return self.span.resource

    @property
    def scope(self) -> InstrumentationScope | None:
        return self.span.instrumentation_scope


@dataclass(frozen=True, slots=True)
class LogItem:
    """One log record; never a third party's."""

    record: ReadableLogRecord
    size: int
    evidence: int = 1
    signal: Signal = "logs"

    @property
    def resource(self) -> Resource:
        return self.record.resource

    @property
    def scope(self) -> InstrumentationScope | None:
        return self.record.instrumentation_scope


Item: TypeAlias = SpanItem | LogItem
