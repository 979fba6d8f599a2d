"""What every scope does: open a span, be current, collect its events, end once.

        NEW ──start──► OPEN ──end──► ENDED          with no run, or no way out: NEW ──start──► INERT

An inert scope takes every call and does nothing. A scope inherited through a fork records here but
is only ever ended by the process that opened it.
"""

from __future__ import annotations

import copy
import enum
import os
import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self, TypeVar, cast

from opentelemetry import context as otel_context
from opentelemetry.context import Context
from opentelemetry.trace import (
    INVALID_SPAN,
    Span,
    Status,
    StatusCode,
    get_current_span,
    set_span_in_context,
)

from contexta import coerce, decorating, events, lifecycle, secrets, segments
from contexta.address import NOWHERE, Address
from contexta.capture import Capture, Work, captures, wait_for
from contexta.coerce import Attributes, Instant
from contexta.ledger import ledger
from contexta.misuse import ContextaUsageError, guarded, misuse, note_internal_error
from contexta.records import Records, Sink
from contexta.segments import EventBuffer, RecordedEvent
from contexta.sequence import producer
from contexta_semconv import attributes as names
from contexta_semconv import events as event_names
from contexta_semconv import spans

if TYPE_CHECKING:
    from contexta.emitter import Emitter

F = TypeVar("F", bound=Callable[..., Any])

_KEY: Final = otel_context.create_key("contexta-scope")
_STACK_LIMIT: Final = 8 * 1024
open_scopes: Final[dict[int, Scope]] = {}
_around_process: Final[list[Scope]] = []


class State(enum.Enum):
    """Where a scope is in its life."""

    NEW = "new"
    OPEN = "open"
    INERT = "inert"
    ENDED = "ended"


class Scope(Records, Sink):
    """A piece of work that opens and closes, as an OpenTelemetry span.

    Use it as a context manager, an async context manager, a decorator (of functions, coroutines and
    generators; a new scope each call), or with `start()` and `end()`.
    """

    kind: ClassVar[str]
    status_key: ClassVar[str | None] = None
    statuses: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, started_at: Instant | None = None) -> None:
        self._given_start = started_at
        self._state = State.NEW
        self._span: Span = INVALID_SPAN
        self._buffer = EventBuffer()
        self._captures: list[Capture] = []
        self._started_at: int | None = None
        self.address: Address = NOWHERE
        self._parent: Scope | None = None
        self._emitter: Emitter | None = None
        self._context: Context | None = None
        self._previous: Context | None = None
        self._resumed: Context | None = None
        self._pid = 0
        self._told_exception = 0
        self._masked = 0
        self._redaction_failed = 0

    # What a kind of scope says about itself

    @property
    def id(self) -> str:
        """The id or name under which this scope is known."""
        raise NotImplementedError

    def _may_open(self, parent: Scope | None) -> bool:
        """Whether it can open here; says so if it cannot."""
        raise NotImplementedError

    def _address_in(self, parent: Scope | None) -> Address:
        raise NotImplementedError

    def _span_name(self) -> str:
        raise NotImplementedError

    def _attributes(self) -> Attributes:
        return {}

    def _opened(self) -> None:
        """Just opened."""

    def _before_close(self) -> None:
        """What may take a while and must be done before the span ends."""

    def _last_words(self, at_ns: int | None) -> int | None:
        """Events that belong on the span itself; returns the number reserved for the span."""
        return None

    def _after_close(self) -> None:
        """What may take a while after the span has ended."""

    # Life

    @property
    def span(self) -> Span:
        """The OpenTelemetry span; one that records nothing before the start or when inert."""
        return self._span

    @property
    def is_open(self) -> bool:
        """Whether it has been started and not ended."""
        return self._state is State.OPEN

    def start(self, *, at: Instant | None = None) -> Self:
        """Open it. Prefer `with`; this is for code that cannot nest. Returns itself."""
        try:
            self._start(at)
        except ContextaUsageError:
            raise
        except Exception as fault:
            note_internal_error(f"opening a {self.kind}", fault)
            if self._state is State.NEW:
                self._state = State.INERT
        return self

    @guarded(None)
    def end(
        self,
        status: str | None = None,
        error: BaseException | str | None = None,
        *,
        at: Instant | None = None,
    ) -> None:
        """Close it.

        status: how it ended, in the words of its kind; from `error` unless given.
        error: what it failed with (an exception, or an error type as text).
        at: when, if not now.
        """
        if self._may_end():
            try:
                self._before_close()
                self._tell_masked()
            finally:
                self._close(status, error, at)
                self._after_close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._state is not State.ENDED:
            self.end(error=error)

    async def __aenter__(self) -> Self:
        return self.start()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """As the synchronous end, with its waiting kept off the event loop."""
        if self._state is State.ENDED or not guarded(False)(self._may_end)():
            return
        import asyncio

        await asyncio.shield(asyncio.to_thread(guarded(None)(self._before_close)))
        guarded(None)(self._tell_masked)()
        guarded(None)(self._close)(None, error, None)
        await asyncio.shield(asyncio.to_thread(guarded(None)(self._after_close)))

    def __call__(self, function: F) -> F:
        """Decorate a function, coroutine function or (async) generator function."""
        try:
            return cast("F", decorating.decorate(self.again, function))
        except Exception as fault:
            note_internal_error(f"decorating with a {self.kind}", fault)
            return function

    def again(self) -> Self:
        """An unopened scope with the same description."""
        twin = copy.copy(self)
        twin._buffer = EventBuffer()
        twin._captures = []
        return twin

    @guarded(None)
    def suspend(self) -> None:
        """Stop being current (a generator has yielded), whatever it has opened inside."""
        if self._state is State.OPEN and self._previous is not None and self._is_around_here():
            self._resumed = otel_context.get_current()
            otel_context.attach(self._previous)

    @guarded(None)
    def resume(self) -> None:
        """Be current again, inside whatever is current now."""
        if self._state is State.OPEN and self._resumed is not None:
            self._previous = otel_context.get_current()
            otel_context.attach(self._resumed)
            self._resumed = None

    def _is_around_here(self) -> bool:
        scope = current_scope()
        return scope is not None and scope.is_in(self)

    def _start(self, at: Instant | None) -> None:
        if self._state is not State.NEW:
            misuse(
                "started-twice",
                f"{self.kind} {self.id!r} was already started; a scope opens once: make a new one",
            )
            return
        parent = current_scope() or (None if self.kind == spans.RUN else lifecycle.hooks.joined())
        self._state = State.INERT
        if not self._may_open(parent):
            return
        emitter = lifecycle.acquire()
        if emitter is None:
            return
        given = at if at is not None else self._given_start
        self._started_at = None if given is None else events.moment(given)
        self._open(emitter, parent, _below(parent))

    def _open(self, emitter: Emitter, parent: Scope | None, base: Context) -> None:
        self._emitter, self._parent, self._pid = emitter, parent, os.getpid()
        self.address = self._address_in(parent)
        attributes: Attributes = {
            **self.address.attributes,
            names.CONTEXTA_EVIDENCE_KIND: self.kind,
            **self._attributes(),
        }
        self._span = emitter.start_span(self._span_name(), attributes, base, self._started_at)
        self._previous = base
        self._context = otel_context.set_value(_KEY, self, set_span_in_context(self._span, base))
        otel_context.attach(self._context)
        self._state = State.OPEN
        open_scopes[id(self)] = self
        self._opened()

    def _may_end(self) -> bool:
        if self._state is State.OPEN:
            return True
        if self._state is State.NEW:
            misuse("not-started", f"{self.kind} {self.id!r} was never started; call start() first")
        elif self._state is State.ENDED:
            misuse("ended-twice", f"{self.kind} {self.id!r} has already ended; end it once")
        return False

    def _close(
        self, status: str | None, error: BaseException | str | None, at: Instant | None
    ) -> None:
        self._leave()
        if self._pid != os.getpid() or self._emitter is None:
            # Inherited through a fork: the span is its opener's to end, what waits here is ours.
            self.send_pending()
            self._state = State.ENDED
            return
        at_ns = None if at is None else events.moment(at)
        seq: int | None = None
        try:
            self._set_outcome(status, error, at_ns)
        finally:
            try:
                seq = self._last_words(at_ns)
            finally:
                self._state = State.ENDED
                self._emitter.end_span(self._span, at_ns, self._buffer.take(), seq)

    def _leave(self) -> None:
        """Stop being current. The context is put back by value, not by token: a generator or task
        may end a scope in another context than it began in."""
        open_scopes.pop(id(self), None)
        if otel_context.get_value(_KEY) is self and self._previous is not None:
            otel_context.attach(self._previous)

    # Outcome

    def _set_outcome(
        self, status: str | None, error: BaseException | str | None, at_ns: int | None
    ) -> None:
        if isinstance(error, GeneratorExit) or _is_clean_exit(error):
            error = None
        if status is None:
            status = self._status_of(error)
        elif self.statuses and status not in self.statuses:
            misuse(
                "status",
                f"{self.kind} status {status!r} is not one of {', '.join(sorted(self.statuses))}; "
                "it is sent as it is",
            )
        if isinstance(error, BaseException):
            self._tell_exception(error, at_ns)
        if error is not None or status == "failed":
            self._set_failed(error)
        if self.status_key is not None and status is not None:
            self._span.set_attribute(self.status_key, status)

    def _status_of(self, error: BaseException | str | None) -> str | None:
        if error is None:
            return "completed"
        if isinstance(error, KeyboardInterrupt):
            return "interrupted"
        if _is_cancelled(error):
            return "cancelled" if "cancelled" in self.statuses else "interrupted"
        return "failed"

    def _set_failed(self, error: BaseException | str | None) -> None:
        if isinstance(error, BaseException):
            self._span.set_attribute(names.ERROR_TYPE, _type_name(error))
            message = f"{type(error).__name__}: {coerce.text(error, 1_000)}"
            self._span.set_status(Status(StatusCode.ERROR, message))
        else:
            self._span.set_attribute(
                names.ERROR_TYPE, coerce.text("_OTHER" if error is None else error)
            )
            self._span.set_status(
                Status(StatusCode.ERROR, coerce.text("" if error is None else error))
            )

    def _tell_exception(self, error: BaseException, at_ns: int | None) -> None:
        """The `exception` event, on the innermost scope the exception leaves and only there."""
        if self._told_exception != id(error):
            import traceback

            stack = "".join(traceback.format_exception(error))
            self.record(
                "exception",
                {
                    names.EXCEPTION_TYPE: _type_name(error),
                    names.EXCEPTION_MESSAGE: coerce.text(error),
                    names.EXCEPTION_STACKTRACE: stack[-_STACK_LIMIT:],
                    names.CONTEXTA_EVENT_SEVERITY: "error",
                },
                at_ns,
                None,
            )
        if self._parent is not None:
            self._parent._told_exception = id(error)

    # Records

    def _sink(self, call: str) -> Sink | None:
        if self._state is State.OPEN:
            return self
        if lifecycle.is_off():
            return None
        if self._state is State.NEW:
            misuse("not-started", f"{call} on a {self.kind} that was never started; use `with`")
        elif self._state is State.ENDED:
            misuse(
                "ended",
                f"{call} on {self.kind} {self.id!r}, which has ended; nothing recorded. "
                "Call it inside the `with` block",
            )
        return None

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

        def finish(found: object) -> None:
            more = cast("Attributes", found) if isinstance(found, dict) else {}
            event = self._complete(name, {**known, **more}, at_ns, seq, captured_by)
            (self if self.is_open else root)._keep(event)
            if not isinstance(found, dict):
                marker = events.degraded(unfinished, detail=f"{name} was sent without it")
                root.record(event_names.DEGRADED, marker, None, None)

        capture = Capture(work, finish)
        root._captures.append(capture)
        captures.start(capture)

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
        masked, failed = secrets.take_tally()
        if masked or failed:
            self.root._masked += masked
            self.root._redaction_failed += failed
        emitter = self._emitter
        if emitter is None or self._context is None:
            return
        if emitter.as_logs:
            emitter.log(event, self._context)
        if emitter.as_spans:
            leaving = self._buffer.add(event)
            if leaving:
                self._send(leaving)

    def _tell_masked(self) -> None:
        """One marker for all that was masked in this run, and one for redactions that failed."""
        for count, reason, severity, detail in (
            (self._masked, "values_masked", "info", "credentials, by name or by shape"),
            (
                self._redaction_failed,
                "redaction_failed",
                "warning",
                "redact() raised: texts left out",
            ),
        ):
            if count:
                marker = events.degraded(
                    reason, severity=severity, category="redaction", detail=detail, observed=count
                )
                self.record(event_names.DEGRADED, marker, None, None)
        self._masked = self._redaction_failed = 0

    def send_pending(self, older_than_s: float = 0.0) -> None:
        """Let the events that wait here leave now, if the oldest has waited that long."""
        leaving = self._buffer.take(older_than_s)
        if leaving:
            self._send(leaving)

    def _send(self, leaving: list[RecordedEvent], *, urgent: bool = False) -> None:
        if self._emitter is not None and self._context is not None:
            index = self._buffer.next_index()
            self._emitter.segment(
                self.address.attributes, self._context, index, leaving, urgent=urgent
            )

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

    @property
    def parent(self) -> Scope | None:
        """The scope it was opened in."""
        return self._parent

    def is_in(self, other: Scope) -> bool:
        """Whether it is `other` or was opened somewhere inside it."""
        scope: Scope | None = self
        while scope is not None and scope is not other:
            scope = scope._parent
        return scope is other

    @property
    def root(self) -> Scope:
        """The outermost scope of this run: itself, or the run or deployment it is in."""
        scope: Scope = self
        while scope.kind not in (spans.RUN, spans.DEPLOYMENT) and scope._parent is not None:
            scope = scope._parent
        return scope

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
        """In a forked child: what waits here is the parent's to send."""
        self._buffer.reset()
        self._captures = []


def current_scope(context: Context | None = None) -> Scope | None:
    """The innermost open scope of this context, if any."""
    scope = otel_context.get_value(_KEY, context)
    while isinstance(scope, Scope) and scope._state is not State.OPEN:  # pyright: ignore[reportPrivateUsage]: its own module
        scope = scope._parent  # pyright: ignore[reportPrivateUsage]: its own module
    return scope if isinstance(scope, Scope) else around_process()


def _below(parent: Scope | None) -> Context:
    """The context here; where no span is current in it, below that of `parent` (which is then
    around the process, not around this code)."""
    here = otel_context.get_current()
    if parent is None or get_current_span(here).get_span_context().is_valid:
        return here
    return set_span_in_context(parent.span, here)


def put_around_process(scope: Scope | None) -> None:
    """From now on `scope` is around everything in this process that is in no other scope."""
    _around_process[:] = [] if scope is None else [scope]


def around_process() -> Scope | None:
    """The scope that is around this whole process, while it is open."""
    for scope in _around_process:
        if scope.is_open:
            return scope
    return None


def _type_name(error: BaseException) -> str:
    module = type(error).__module__
    name = type(error).__qualname__
    return name if module == "builtins" else f"{module}.{name}"


def _is_cancelled(error: object) -> bool:
    """asyncio's cancellation, without importing asyncio for those who don't use it."""
    cancelled = getattr(sys.modules.get("asyncio"), "CancelledError", None)
    return cancelled is not None and isinstance(error, cancelled)


def _is_clean_exit(error: object) -> bool:
    return isinstance(error, SystemExit) and error.code in (None, 0)
