"""What waits in the queue: a finished span or a log record, with what we add to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from contexta.base.coerce import Attributes
from contexta.base.sequence import producer
from contexta.delivery.segments import RecordedEvent
from contexta_semconv import attributes as names

if TYPE_CHECKING:
    from opentelemetry.sdk._logs import ReadableLogRecord
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.sdk.util.instrumentation import InstrumentationScope

Signal: TypeAlias = Literal["traces", "logs"]


def attributes_of(resource: Resource) -> Mapping[str, object]:
    """A resource as it is in this process: a fork leaves in it the id of the process it was made in."""
    made_in = resource.attributes.get(names.PROCESS_PID)
    if made_in not in producer.forked_from:
        return resource.attributes
    return {**resource.attributes, names.PROCESS_PID: producer.pid}


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
