"""`contexta.run`: one execution of an ML job, from its announce to its ledger."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, cast

from opentelemetry import context as otel_context
from opentelemetry.trace import Span

from contexta.base import coerce, secrets
from contexta.base.address import Address
from contexta.base.coerce import Attributes, Instant
from contexta.base.misuse import guarded, misuse
from contexta.base.sequence import new_ulid, producer
from contexta.delivery.ledger import ledger
from contexta.emitter import lifecycle
from contexta.records.put import put_integer
from contexta.scopes import joining, pulse
from contexta.scopes.children import children
from contexta.scopes.scope import Scope, State
from contexta.scopes.surrounding import current_scope, open_scopes
from contexta_semconv import attributes as names
from contexta_semconv import events as event_names
from contexta_semconv import spans, values

if TYPE_CHECKING:
    from contexta.emitter.emitter import Emitter

_DEFAULT_TYPE: Final = "run"


class Run(Scope):
    """One execution of an ML job; made by `contexta.run`."""

    kind = spans.RUN
    status_key = names.CONTEXTA_RUN_STATUS
    statuses = frozenset(values.RunStatus)

    def __init__(
        self,
        project: str | None,
        type: str,
        name: str | None,
        id: str | None,
        tags: Mapping[str, Any] | Sequence[str] | None,
        expected_stages: Sequence[str] | None,
        parent: str | Run | None,
        attempt: int | None,
        environment: bool,
        started_at: Instant | None,
    ) -> None:
        super().__init__(started_at)
        self.project = project
        self.type = type
        self.name = name
        self._given_id = id
        self._id = id
        self._tags = tags
        self._expected_stages = expected_stages
        self._given_parent = parent
        self._attempt = attempt
        self._environment = environment
        self._joined: Run | None = None
        self._joins_process = False
        self._below_another = False
        self._described: Attributes = {}

    @property
    def id(self) -> str:
        """The run's id: the one given, the one joined, or a ULID."""
        return self._id or ""

    @property
    def span(self) -> Span:
        """The run's span (of the run it joined, if it joined one of this process)."""
        return self._joined.span if self._joined is not None else self._span

    def _may_open(self, parent: Scope | None) -> bool:
        """A run without an id inside a run of this context is that run."""
        around = run_around(parent)
        if around is not None and self._given_id is None and self._given_parent is None:
            self._joined = around
            self._id = around.id
            self._state = State.INERT
            return False
        return True

    def _sink(self, call: str) -> Any:
        if self._joined is not None and self._state is State.INERT:
            return current_scope() or self._joined
        return super()._sink(call)

    def _open(self, emitter: Emitter, parent: Scope | None, base: otel_context.Context) -> None:
        outside = joining.outside() if parent is None else None
        if outside is not None and self._given_id is None and self._given_parent is None:
            self._join(outside)
            base = joining.under(outside, base)
        self._id = self._id or new_ulid()
        super()._open(emitter, parent, base)

    def _join(self, outside: joining.Outside) -> None:
        """Be part of a run that another process began."""
        self._joins_process = True
        self._below_another = bool(outside.carrier)
        self._id = outside.run_id
        self.project = self.project or outside.project
        if self.type == _DEFAULT_TYPE:
            self.type = outside.run_type or _DEFAULT_TYPE

    def _address_in(self, parent: Scope | None) -> Address:
        around = run_around(parent)
        inherited = None if around is None else around.address.project
        project = self.project or inherited or lifecycle.current_settings().project
        self.project = project or os.environ.get("OTEL_SERVICE_NAME") or "default"
        return Address().in_run(self.id, coerce.text(self.project))

    def _span_name(self) -> str:
        return f"run {self.type}"

    def _attributes(self) -> Attributes:
        attributes: Attributes = {
            names.CONTEXTA_RUN_TYPE: coerce.text(self.type),
            **joining.rank(),
        }
        if self._below_another:
            attributes[names.CONTEXTA_RUN_JOINED] = True
        if self.name is not None:
            attributes[names.CONTEXTA_RUN_NAME] = coerce.text(self.name)
        put_integer(attributes, names.CONTEXTA_RUN_ATTEMPT, "attempt", self._attempt)
        if self._expected_stages is not None:
            attributes[names.CONTEXTA_RUN_EXPECTED_STAGES] = coerce.texts(self._expected_stages)
        parent = self._parent_run_id()
        if parent:
            attributes[names.CONTEXTA_RUN_PARENT_ID] = parent
        for key, value in _tags(self._tags).items():
            attributes[f"{names.CONTEXTA_RUN_TAG_PREFIX}{key}"] = secrets.in_attribute(key, value)
        self._described = attributes
        return attributes

    def _parent_run_id(self) -> str | None:
        """The run this one is part of: the one given, else the one it is opened in."""
        if self._given_parent is not None:
            given = self._given_parent
            return given.id if isinstance(given, Run) else coerce.text(given)
        around = run_around(self._parent)
        if around is not None:
            return around.id
        outside = joining.outside()
        if outside is not None and not self._joins_process and outside.run_id != self.id:
            return outside.run_id
        return None

    def _opened(self) -> None:
        """Announce, so that a run that dies without a word was still seen."""
        started: Attributes = {names.CONTEXTA_EVIDENCE_KIND: self.kind, **self._described}
        self.send_at_once(event_names.RUN_STARTED, started, self._started_at)
        pulse.beat()
        wanted = self._environment and lifecycle.current_settings().environment
        if (
            self._started_at is None
            and wanted
            and not self._joins_process
            and run_around(self._parent) is None
        ):
            self.log_environment()
            from contexta.records import revision

            self.log_code(revision.place_of_the_script())

    def _before_close(self) -> None:
        if self._pid == os.getpid() and self._emitter is not None:
            self._end_what_is_inside()
            self.wait_for_captures(self._emitter.settings.capture_timeout_s)
            pulse.tell_children(self)
            pulse.tell_losses(self)

    def _end_what_is_inside(self) -> None:
        inside = [one for one in list(open_scopes.values()) if one is not self and one.is_in(self)]
        for scope in reversed(inside):
            scope.end("interrupted" if "interrupted" in scope.statuses else None)
        if inside:
            misuse(
                "left-open",
                f"{inside[0].kind} {inside[0].id!r} was still open when its run ended; it is ended "
                "as interrupted. End it, or use `with`",
            )

    def _last_words(self, at_ns: int | None) -> int:
        """The ledger, on the run's own span, which is the last thing this run sends: it names the
        number of that span. A numbered thing above it comes from another run of this process."""
        if self._emitter is None:
            return producer.take()
        ledger_seq = producer.take()
        span_seq = producer.take()
        totals = ledger.attributes(span_seq, sum(lifecycle.dropped().values()))
        moment = at_ns if at_ns is not None else coerce.now()
        self._keep(self._complete(event_names.LEDGER, totals, moment, ledger_seq, None))
        return span_seq

    def _leave_to_opener(self) -> None:
        """A forked child that recorded anything closes its own account before it goes."""
        emitter, context = self._emitter, self._context
        if producer.last < 0 or emitter is None or context is None:
            return
        pulse.tell_children(self)
        self.send_pending()
        ledger_seq = producer.take()
        span_seq = producer.take() if emitter.as_spans else None
        totals = ledger.attributes(
            producer.last, sum(lifecycle.dropped().values()), on_span=emitter.as_spans
        )
        event = self._complete(event_names.LEDGER, totals, coerce.now(), ledger_seq, None)
        if emitter.as_logs:
            emitter.log(event, context)
        if emitter.as_spans:
            self._send([event], seq=span_seq)

    def _after_close(self) -> None:
        """The outermost run waits a moment for delivery, unless the endpoint is known to be away."""
        if self._emitter is None or self._pid != os.getpid():
            return
        children.let_go(self.id)
        self._emitter.send_now()
        if run_around(self._parent) is None:
            self._emitter.flush(self._emitter.settings.exit_timeout_s, patient=False)


def run(
    project: str | None = None,
    *,
    type: str = _DEFAULT_TYPE,
    name: str | None = None,
    id: str | None = None,
    tags: Mapping[str, Any] | Sequence[str] | None = None,
    expected_stages: Sequence[str] | None = None,
    parent: str | Run | None = None,
    attempt: int | None = None,
    environment: bool = True,
    started_at: Instant | None = None,
) -> Run:
    """One execution of an ML job.

    project: what runs are listed and compared within; CONTEXTA_PROJECT unless given.
    type: training, evaluation, inference, batch_scoring, prompt_assessment, … (open).
    name: for people. id: opaque, unique; a ULID unless given.
    tags: key → value, or names. expected_stages: those it means to go through, in order.
    parent: the run this one is part of. attempt: which try of the same work, from 1.
    environment: capture packages, platform and code revision at its start.
    started_at: when, if not now (telling a past run).

    Without `id` and `parent`, it joins the run it is opened in: that of this context, or that of
    the parent process (see `child_env`).
    """
    return Run(
        project, type, name, id, tags, expected_stages, parent, attempt, environment, started_at
    )


@guarded(cast("Run | None", None))
def current_run() -> Run | None:
    """The run around here, if one is open in this context."""
    return run_around(current_scope())


def run_around(scope: Scope | None) -> Run | None:
    """The innermost open run that `scope` is or is in."""
    while scope is not None and not (isinstance(scope, Run) and scope.is_open):
        scope = scope.parent
    return scope if isinstance(scope, Run) else None


def _tags(tags: Mapping[str, Any] | Sequence[str] | None) -> dict[str, str]:
    """Tags by key; a bare name is its own value `true`."""
    if not tags:
        return {}
    if isinstance(tags, Mapping):
        return {coerce.text(key): coerce.text(value) for key, value in tags.items()}
    return dict.fromkeys(coerce.texts(tags), "true")
