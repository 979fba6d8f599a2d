"""A tracer and a logger of ours that live beside the user's OpenTelemetry.

Evidence must be whole: no sampler may drop it and no span limit cut it. So its spans are made by a
provider of ours, which always records, has no count limits, and hands each span on to the user's
processors as well. The user's sampler still decides what the user's backend gets: a span it would
drop is only recorded (`RECORD_ONLY`), which standard exporters skip. The user's own spans come to us
through one processor added to the user's provider. Nothing of the user's is replaced.
"""

from __future__ import annotations

import os
import platform
import socket
import sys
import threading
from collections.abc import Callable, Sequence
from typing import Any, Final, cast

from opentelemetry import trace
from opentelemetry._logs import Logger, get_logger_provider
from opentelemetry.context import Context
from opentelemetry.sdk._logs import (
    LoggerProvider,
    LogRecordLimits,
    LogRecordProcessor,
    ReadWriteLogRecord,
)
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import (
    Event,
    ReadableSpan,
    Span,
    SpanLimits,
    SpanProcessor,
    SynchronousMultiSpanProcessor,
    TracerProvider,
)
from opentelemetry.sdk.trace.sampling import ALWAYS_ON, Decision, Sampler, SamplingResult
from opentelemetry.trace import Link as SpanLink
from opentelemetry.trace import SpanKind, Tracer, TraceState
from opentelemetry.util.types import Attributes as OtelAttributes

from contexta.base.misuse import note_internal_error
from contexta.base.version import VERSION
from contexta.emitter.link import Link, link_on, note_taken
from contexta.emitter.riding import events_of_this_span
from contexta_semconv import SCHEMA_URL
from contexta_semconv import attributes as names

SCOPE_NAME: Final = "contexta"
_GLOBAL: Final = "_TRACER_PROVIDER"


class Providers:
    """Our tracer and logger, and the link to the user's provider, whenever there is one."""

    def __init__(
        self, make_processor: Callable[[], SpanProcessor], logs: LogRecordProcessor
    ) -> None:
        """make_processor: called once for our provider and once for the user's, whose end must not
        be the end of ours."""
        self._spans = make_processor()
        self._among_users = make_processor()
        self._lock = threading.Lock()
        self._users: TracerProvider | None = None
        self._forward = _ForwardSpans()
        self._sampler = _KeepEvidence()
        users = _users_provider()
        resource = users.resource if users is not None else _resource()
        active = SynchronousMultiSpanProcessor()
        active.add_span_processor(self._spans)
        active.add_span_processor(self._forward)
        self._own = _OwnProvider(
            sampler=self._sampler,
            resource=resource,
            shutdown_on_exit=False,
            active_span_processor=active,
            span_limits=_no_limits(),
        )
        self._own_logs = LoggerProvider(
            resource=resource,
            shutdown_on_exit=False,
            log_record_limits=LogRecordLimits(max_attributes=LogRecordLimits.UNSET),
        )
        self._own_logs.add_log_record_processor(logs)
        self._own_logs.add_log_record_processor(_ForwardLogs())
        if users is None:
            _offer(self._own)
        self.join()

    def tracer(self) -> Tracer:
        """Ours, with the schema URL of the evidence."""
        return self._own.get_tracer(SCOPE_NAME, VERSION, SCHEMA_URL)

    def logger(self) -> Logger:
        """Ours, with the schema URL of the evidence."""
        return self._own_logs.get_logger(SCOPE_NAME, VERSION, SCHEMA_URL)

    def join(self) -> None:
        """Find the user's provider (it may be set after us) and link up with it, once."""
        users = _users_provider()
        if users is None or users is self._users:
            return
        with self._lock:
            if users is not self._users:
                link_on(users).behind = self._among_users
                self._forward.to = users
                self._sampler.users = users
                self._users = users

    def leave(self) -> None:
        """Stop listening. The link on the user's provider stays: it cannot be taken back from there."""
        users = self._users
        if users is not None and link_on(users).behind is self._among_users:
            link_on(users).behind = None
        self._spans.shutdown()
        self._among_users.shutdown()

    def restart_in_child(self) -> None:
        """New locks after a fork."""
        self._lock = threading.Lock()


class _KeepEvidence(Sampler):
    """The user's decision, except that nothing of ours is dropped: it is recorded for us alone."""

    users: TracerProvider | None = None

    def should_sample(
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: OtelAttributes = None,
        links: Sequence[SpanLink] | None = None,
        trace_state: TraceState | None = None,
    ) -> SamplingResult:
        sampler = self.users.sampler if self.users is not None else ALWAYS_ON
        result = sampler.should_sample(parent_context, trace_id, name, kind, attributes, links)
        if result.decision is not Decision.DROP:
            return result
        return SamplingResult(Decision.RECORD_ONLY, attributes, result.trace_state)

    def get_description(self) -> str:
        return "contexta: the user's sampler, dropping nothing of the evidence"


class _ForwardSpans(SpanProcessor):
    """Our spans → the processors of the user's provider, except ours among them."""

    to: TracerProvider | None = None

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        for processor in self._processors():
            processor.on_start(span, parent_context)

    def on_end(self, span: ReadableSpan) -> None:
        processors = self._processors()
        if not processors:
            return
        whole = _with_events(span)
        note_taken(whole)
        for processor in processors:
            processor.on_end(whole)

    def _processors(self) -> Sequence[SpanProcessor]:
        if self.to is None:
            return ()
        active = getattr(self.to, "_active_span_processor", None)
        known = cast("Sequence[SpanProcessor]", getattr(active, "_span_processors", ()))
        return [one for one in known if not isinstance(one, Link)]


def _with_events(span: ReadableSpan) -> ReadableSpan:
    """The span with the events that go along with it, as the user's exporters know spans."""
    riding = events_of_this_span()
    if not riding:
        return span
    events = [Event(event.name, event.attributes, event.at_ns) for event in riding]
    return ReadableSpan(
        name=span.name,
        context=span.get_span_context(),
        parent=span.parent,
        resource=span.resource,
        attributes=span.attributes,
        events=(*span.events, *events),
        links=span.links,
        kind=span.kind,
        status=span.status,
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


class _ForwardLogs(LogRecordProcessor):
    """Our log records → the processors of the user's logger provider, if there is one."""

    def on_emit(self, log_record: ReadWriteLogRecord) -> None:
        provider = get_logger_provider()
        multi: Any = getattr(provider, "_multi_log_record_processor", None)
        if multi is None:
            return
        try:
            multi.on_emit(log_record)
        except Exception as fault:
            note_internal_error("handing a log record on", fault)

    def shutdown(self) -> None:
        """Theirs to end."""

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return True


class _OwnProvider(TracerProvider):
    """Ours, so that it is never mistaken for the user's."""


def _users_provider() -> TracerProvider | None:
    provider = trace.get_tracer_provider()
    if isinstance(provider, TracerProvider) and not isinstance(provider, _OwnProvider):
        return provider
    return None


def _offer(own: TracerProvider) -> None:
    """Let other instrumentations use ours while the user has none, without taking the place:
    `set_tracer_provider` of the user still succeeds afterwards (the API's set-once is not used up)."""
    present: object = getattr(trace, _GLOBAL, own)
    if present is None or isinstance(present, _OwnProvider):
        setattr(trace, _GLOBAL, own)


def _no_limits() -> SpanLimits:
    unset = SpanLimits.UNSET
    return SpanLimits(
        max_attributes=unset,
        max_events=unset,
        max_links=unset,
        max_span_attributes=unset,
        max_event_attributes=unset,
        max_link_attributes=unset,
        max_attribute_length=unset,
        max_span_attribute_length=unset,
    )


def _resource() -> Resource:
    """The standard resource (OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES win) with host and process.

    The command line is left out: it is where people put secrets.
    """
    return Resource(
        {
            names.HOST_NAME: socket.gethostname(),
            names.HOST_ARCH: platform.machine(),
            names.OS_TYPE: platform.system().lower(),
            names.PROCESS_PID: os.getpid(),
            names.PROCESS_RUNTIME_NAME: sys.implementation.name,
            names.PROCESS_RUNTIME_VERSION: platform.python_version(),
        }
    ).merge(Resource.create())
