"""What every scope does: open a span, be current, collect its events, end once.

        NEW ──start──► OPEN ──end──► ENDED          with no run, or no way out: NEW ──start──► INERT

An inert scope takes every call and does nothing. A scope inherited through a fork records here but
is only ever ended by the process that opened it.
"""

from __future__ import annotations

import abc
import copy
import enum
import os
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar, cast

from opentelemetry import context as otel_context
from opentelemetry.context import Context
from opentelemetry.trace import (
    INVALID_SPAN,
    Span,
    Status,
    StatusCode,
    set_span_in_context,
)

from contexta.base.address import Address
from contexta.base.coerce import Attributes, Instant
from contexta.base.misuse import ContextaUsageError, guarded, misuse, note_internal_error
from contexta.emitter import lifecycle
from contexta.records import events
from contexta.records.records import Sink
from contexta.scopes import decorating, outcome
from contexta.scopes.recording import Recording
from contexta.scopes.surrounding import SCOPE, below, current_scope, joined_run, open_scopes
from contexta_semconv import attributes as names
from contexta_semconv import spans

if TYPE_CHECKING:
    from contexta.emitter.emitter import Emitter

F = TypeVar("F", bound=Callable[..., Any])


class State(enum.Enum):
    """Where a scope is in its life."""

    NEW = "new"
    OPEN = "open"
    INERT = "inert"
    ENDED = "ended"


class Scope(Recording):
    """A piece of work that opens and closes, as an OpenTelemetry span.

    Use it as a context manager, an async context manager, a decorator (of functions, coroutines and
    generators; a new scope each call), or with `start()` and `end()`.
    """

    status_key: ClassVar[str | None] = None
    statuses: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, started_at: Instant | None = None) -> None:
        super().__init__()
        self._given_start = started_at
        self._state = State.NEW
        self._span: Span = INVALID_SPAN
        self._started_at: int | None = None
        self._parent: Scope | None = None
        self._previous: Context | None = None
        self._resumed: Context | None = None
        self._pid = 0
        self._told_exception = 0

    # What a kind of scope says about itself

    @property
    @abc.abstractmethod
    def id(self) -> str:
        """The id or name under which this scope is known."""

    @abc.abstractmethod
    def _may_open(self, parent: Scope | None) -> bool:
        """Whether it can open here; says so if it cannot."""

    @abc.abstractmethod
    def _address_in(self, parent: Scope | None) -> Address:
        """Where it is."""

    @abc.abstractmethod
    def _span_name(self) -> str:
        """What its span is called."""

    def _attributes(self) -> Attributes:
        return {}

    def _opened(self) -> None:
        """Just opened."""

    def _before_close(self) -> None:
        """What may take a while and must be done before the span ends."""

    def _last_words(self, at_ns: int | None) -> int | None:
        """Events that belong on the span itself; returns the number reserved for the span."""
        return None

    def _leave_to_opener(self) -> None:
        """Last words of a process that inherited it through a fork."""

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
                self._tell_other_redactions()
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
        guarded(None)(self._tell_other_redactions)()
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
        twin._start_collecting()
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
        parent = current_scope() or (None if self.kind == spans.RUN else joined_run())
        self._state = State.INERT
        if not self._may_open(parent):
            return
        emitter = lifecycle.acquire()
        if emitter is None:
            return
        given = at if at is not None else self._given_start
        self._started_at = None if given is None else events.moment(given)
        self._open(emitter, parent, below(parent))

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
        self._context = otel_context.set_value(SCOPE, self, set_span_in_context(self._span, base))
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
            self._leave_to_opener()
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
        if otel_context.get_value(SCOPE) is self and self._previous is not None:
            otel_context.attach(self._previous)

    # Outcome

    def _set_outcome(
        self, status: str | None, error: BaseException | str | None, at_ns: int | None
    ) -> None:
        if outcome.is_no_error(error):
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
            self._tell_redactions()
        if self.status_key is not None and status is not None:
            self._span.set_attribute(self.status_key, status)

    def _status_of(self, error: BaseException | str | None) -> str | None:
        return outcome.status(error, self.statuses)

    def _set_failed(self, error: BaseException | str | None) -> None:
        error_type, message = outcome.failure(error)
        self._span.set_attribute(names.ERROR_TYPE, error_type)
        self._span.set_status(Status(StatusCode.ERROR, message))

    def _tell_exception(self, error: BaseException, at_ns: int | None) -> None:
        """The `exception` event, on the innermost scope the exception leaves and only there."""
        if self._told_exception != id(error):
            self.record("exception", outcome.exception_event(error), at_ns, None)
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
