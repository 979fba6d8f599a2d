"""The scopes people type: run, stage, operation, batch, sample, deployment."""

from __future__ import annotations

import functools
import os
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from opentelemetry import context as otel_context
from opentelemetry.trace import Span

from contexta import coerce, events, joining, lifecycle, pulse
from contexta.address import Address
from contexta.coerce import Attributes, Instant
from contexta.events import Names
from contexta.ledger import ledger
from contexta.misuse import guarded, misuse
from contexta.scope import Scope, State, current_scope, open_scopes
from contexta.sequence import new_ulid, producer
from contexta_semconv import attributes as names
from contexta_semconv import events as event_names
from contexta_semconv import spans, values

if TYPE_CHECKING:
    from contexta.emitter import Emitter

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

    @property
    def id(self) -> str:
        """The run's id: the one given, the one joined, or a ULID."""
        return self._id or ""

    @property
    def span(self) -> Span:
        """The run's span (of the run it joined, if it joined one of this process)."""
        return self._joined.span if self._joined is not None else self._span

    @property
    def is_open(self) -> bool:
        """Whether it has been started and not ended."""
        return super().is_open

    def _may_open(self, parent: Scope | None) -> bool:
        """A run without an id inside a run of this context is that run."""
        around = _run_around(parent)
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
        self._id = outside.run_id
        self.project = self.project or outside.project
        if self.type == _DEFAULT_TYPE:
            self.type = outside.run_type or _DEFAULT_TYPE

    def _address_in(self, parent: Scope | None) -> Address:
        around = _run_around(parent)
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
        if self.name is not None:
            attributes[names.CONTEXTA_RUN_NAME] = coerce.text(self.name)
        events.put_integer(attributes, names.CONTEXTA_RUN_ATTEMPT, "attempt", self._attempt)
        if self._expected_stages is not None:
            attributes[names.CONTEXTA_RUN_EXPECTED_STAGES] = coerce.texts(self._expected_stages)
        parent = self._parent_run_id()
        if parent:
            attributes[names.CONTEXTA_RUN_PARENT_ID] = parent
        for key, value in _tags(self._tags).items():
            attributes[f"{names.CONTEXTA_RUN_TAG_PREFIX}{key}"] = value
        return attributes

    def _parent_run_id(self) -> str | None:
        """The run this one is part of: the one given, else the one it is opened in."""
        if self._given_parent is not None:
            given = self._given_parent
            return given.id if isinstance(given, Run) else coerce.text(given)
        around = _run_around(self._parent)
        if around is not None:
            return around.id
        outside = joining.outside()
        if outside is not None and not self._joins_process and outside.run_id != self.id:
            return outside.run_id
        return None

    def _opened(self) -> None:
        """Announce, so that a run that dies without a word was still seen."""
        started: Attributes = {names.CONTEXTA_EVIDENCE_KIND: self.kind, **self._attributes()}
        self.send_at_once(event_names.RUN_STARTED, started, self._started_at)
        pulse.beat()
        wanted = self._environment and lifecycle.current_settings().environment
        if (
            self._started_at is None
            and wanted
            and not self._joins_process
            and _run_around(self._parent) is None
        ):
            self.log_environment()
            from contexta import revision

            revision.capture_for(self)

    def _before_close(self) -> None:
        if self._pid == os.getpid() and self._emitter is not None:
            self._end_what_is_inside()
            self.wait_for_captures(self._emitter.settings.capture_timeout_s)
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
        totals = ledger.attributes(span_seq, self._emitter.drops.total)
        moment = at_ns if at_ns is not None else coerce.now()
        self._keep(self._complete(event_names.LEDGER, totals, moment, ledger_seq, None))
        return span_seq

    def _after_close(self) -> None:
        """The outermost run waits a moment for delivery, unless the endpoint is known to be away."""
        if self._emitter is None or self._pid != os.getpid():
            return
        self._emitter.send_now()
        if _run_around(self._parent) is None:
            self._emitter.flush(self._emitter.settings.exit_timeout_s, patient=False)


class Stage(Scope):
    """A named step of a run; made by `contexta.stage`."""

    kind = spans.STAGE
    status_key = names.CONTEXTA_STAGE_STATUS
    statuses = frozenset(values.StageStatus)

    def __init__(
        self, name: str, index: int | None, attempt: int | None, started_at: Instant | None
    ) -> None:
        super().__init__(started_at)
        self.name = coerce.text(name)
        self.index = index
        self.attempt = attempt

    @property
    def id(self) -> str:
        """The stage's name."""
        return self.name

    def _may_open(self, parent: Scope | None) -> bool:
        return _needs_run(self, parent)

    def _address_in(self, parent: Scope | None) -> Address:
        return (parent.address if parent else Address()).in_stage(self.name)

    def _span_name(self) -> str:
        return f"stage {self.name}"

    def _attributes(self) -> Attributes:
        attributes: Attributes = {}
        events.put_integer(attributes, names.CONTEXTA_STAGE_INDEX, "index", self.index)
        events.put_integer(attributes, names.CONTEXTA_STAGE_ATTEMPT, "attempt", self.attempt)
        return attributes


class Operation(Scope):
    """A unit of work inside a stage or run; made by `contexta.operation`."""

    kind = spans.OPERATION

    def __init__(
        self,
        name: str,
        type: str | None,
        attributes: Mapping[str, Any] | None,
        started_at: Instant | None,
    ) -> None:
        super().__init__(started_at)
        self.name = coerce.text(name)
        self.type = type
        self._given = attributes

    @property
    def id(self) -> str:
        """The operation's name."""
        return self.name

    def _may_open(self, parent: Scope | None) -> bool:
        """Silently not outside a run: instrumented libraries are used there too."""
        return parent is not None

    def _address_in(self, parent: Scope | None) -> Address:
        return (parent.address if parent else Address()).in_operation(self.name)

    def _span_name(self) -> str:
        return self.name

    def _attributes(self) -> Attributes:
        given = events.free(self._given)
        if self.type is None:
            return given
        return {**given, names.CONTEXTA_OPERATION_TYPE: coerce.text(self.type)}


class Batch(Scope):
    """A part of the data worked through at once; made by `contexta.batch`."""

    kind = spans.BATCH
    status_key = names.CONTEXTA_BATCH_STATUS
    statuses = frozenset(values.BatchStatus)

    def __init__(
        self,
        id: str,
        type: str,
        index: int | None,
        size: int | None,
        started_at: Instant | None,
    ) -> None:
        super().__init__(started_at)
        self._id = coerce.text(id)
        self.type = type
        self.index = index
        self.size = size

    @property
    def id(self) -> str:
        """The batch's id, unique within its run."""
        return self._id

    def _may_open(self, parent: Scope | None) -> bool:
        return _needs_run(self, parent)

    def _address_in(self, parent: Scope | None) -> Address:
        return (parent.address if parent else Address()).in_batch(self._id)

    def _span_name(self) -> str:
        return f"batch {self.type}"

    def _attributes(self) -> Attributes:
        attributes: Attributes = {names.CONTEXTA_BATCH_TYPE: coerce.text(self.type)}
        events.put_integer(attributes, names.CONTEXTA_BATCH_INDEX, "index", self.index)
        events.put_integer(attributes, names.CONTEXTA_BATCH_SIZE, "size", self.size)
        return attributes


class Sample(Scope):
    """A sample with operations of its own; made by `contexta.sample`."""

    kind = spans.SAMPLE
    status_key = names.CONTEXTA_SAMPLE_STATUS
    statuses = frozenset(values.SampleStatus)

    def __init__(
        self, id: str, described: Callable[[], Attributes], started_at: Instant | None
    ) -> None:
        super().__init__(started_at)
        self._id = coerce.text(id)
        self._described = described

    @property
    def id(self) -> str:
        """The sample's id, the same example having the same id in every run."""
        return self._id

    def _may_open(self, parent: Scope | None) -> bool:
        return _needs_run(self, parent)

    def _address_in(self, parent: Scope | None) -> Address:
        return (parent.address if parent else Address()).in_sample(self._id)

    def _span_name(self) -> str:
        return "sample"

    def _attributes(self) -> Attributes:
        return self._described()

    def _status_of(self, error: BaseException | str | None) -> str | None:
        """A sample that raised is an error; whether it passed is for the user to say."""
        return None if error is None else values.SampleStatus.ERROR.value

    @guarded(None)
    def describe(
        self,
        *,
        slices: Names = (),
        scores: Mapping[str, Any] | None = None,
        status: str | None = None,
        input_summary: str | None = None,
        output_summary: str | None = None,
        expected_summary: str | None = None,
        failure_tags: Names = (),
        retrieval: Mapping[str, Any] | None = None,
        redacted: bool = False,
        attributes: Mapping[str, Any] | None = None,
    ) -> None:
        """Add what is known only after the work: scores, output, status (see `log_sample`)."""
        described = events.sample(
            slices=slices,
            scores=scores,
            status=status,
            input_summary=input_summary,
            output_summary=output_summary,
            expected_summary=expected_summary,
            failure_tags=failure_tags,
            retrieval=retrieval,
            redacted=redacted,
            attributes=attributes,
        )
        if self._sink("describe") is not None:
            self._span.set_attributes(described)


class Deployment(Scope):
    """Bringing an artifact into an environment; made by `contexta.deployment`. Needs no run."""

    kind = spans.DEPLOYMENT
    status_key = names.DEPLOYMENT_STATUS
    statuses = frozenset(values.DeploymentStatus)

    def __init__(
        self,
        id: str,
        environment: str,
        artifact: str | None,
        source_run: str | None,
        report: str | None,
        started_at: Instant | None,
        completed_at: Instant | None,
    ) -> None:
        super().__init__(started_at)
        self._id = coerce.text(id)
        self.environment = environment
        self._links: Attributes = {
            key: coerce.text(value)
            for key, value in (
                (names.CONTEXTA_DEPLOYMENT_ARTIFACT_ID, artifact),
                (names.CONTEXTA_DEPLOYMENT_SOURCE_RUN_ID, source_run),
                (names.CONTEXTA_DEPLOYMENT_REPORT_ID, report),
            )
            if value is not None
        }
        self._status: str | None = None
        self._completed_at = completed_at

    @property
    def id(self) -> str:
        """The deployment's id."""
        return self._id

    def _may_open(self, parent: Scope | None) -> bool:
        return True

    def _address_in(self, parent: Scope | None) -> Address:
        return (parent.address if parent else Address()).in_deployment(self._id)

    def _span_name(self) -> str:
        return "deployment"

    def _attributes(self) -> Attributes:
        started = self._started_at if self._started_at is not None else coerce.now()
        return {
            names.DEPLOYMENT_ENVIRONMENT_NAME: coerce.text(self.environment),
            names.CONTEXTA_DEPLOYMENT_STARTED_AT: coerce.iso(started),
            **self._links,
        }

    @guarded(None)
    def log_check(self, name: str, result: Any) -> None:
        """The result of one check (`contexta.deployment.check.<name>`): passed, failed, …"""
        if self._sink("log_check") is not None:
            outcome = {True: "passed", False: "failed"}.get(result, result)
            key = f"{names.CONTEXTA_DEPLOYMENT_CHECK_PREFIX}{coerce.text(name)}"
            self._span.set_attribute(key, coerce.text(outcome))

    @guarded(None)
    def set_status(self, status: str) -> None:
        """pending, succeeded, failed or rolled_back. Without it: succeeded, or failed by an exception."""
        if self._sink("set_status") is not None:
            self._status = coerce.text(status)

    def _status_of(self, error: BaseException | str | None) -> str | None:
        if error is not None:
            return values.DeploymentStatus.FAILED.value
        return self._status or values.DeploymentStatus.SUCCEEDED.value

    def _before_close(self) -> None:
        if self._emitter is not None and self._pid == os.getpid():
            self.wait_for_captures(self._emitter.settings.capture_timeout_s)

    def _last_words(self, at_ns: int | None) -> int | None:
        if self._status != values.DeploymentStatus.PENDING:
            done = coerce.now() if at_ns is None else at_ns
            self._span.set_attribute(names.CONTEXTA_DEPLOYMENT_COMPLETED_AT, coerce.iso(done))
        return None

    def end(
        self,
        status: str | None = None,
        error: BaseException | str | None = None,
        *,
        at: Instant | None = None,
    ) -> None:
        """Close it; see `Scope.end`. Its end is `completed_at` where that was given."""
        super().end(status, error, at=at if at is not None else self._completed_at)

    def _after_close(self) -> None:
        if self._emitter is not None and self._parent is None and self._pid == os.getpid():
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


def stage(
    name: str,
    *,
    index: int | None = None,
    attempt: int | None = None,
    started_at: Instant | None = None,
) -> Stage:
    """A named step of a run. index: its place in the run, from 0. attempt: which try, from 1."""
    return Stage(name, index, attempt, started_at)


def operation(
    name: str,
    *,
    type: str | None = None,
    attributes: Mapping[str, Any] | None = None,
    started_at: Instant | None = None,
) -> Operation:
    """A unit of work. type: data_load, fit, predict, retrieval, model_call, … (open).

    Outside any run or deployment it opens nothing, silently.
    """
    return Operation(name, type, attributes, started_at)


def batch(
    id: str,
    *,
    type: str = "mini_batch",
    index: int | None = None,
    size: int | None = None,
    started_at: Instant | None = None,
) -> Batch:
    """A part of the data worked through at once. type: epoch, mini_batch, fold, file, chunk, …

    id: unique within its run. index: its place, from 0. size: number of samples.
    """
    return Batch(id, type, index, size, started_at)


def sample(
    id: str,
    *,
    slices: Names = (),
    scores: Mapping[str, Any] | None = None,
    status: str | None = None,
    input_summary: str | None = None,
    output_summary: str | None = None,
    expected_summary: str | None = None,
    failure_tags: Names = (),
    retrieval: Mapping[str, Any] | None = None,
    redacted: bool = False,
    attributes: Mapping[str, Any] | None = None,
    started_at: Instant | None = None,
) -> Sample:
    """A sample with operations of its own (else `log_sample`, whose arguments these are).

    What is known only after the work goes into `.describe(…)`.
    """
    described = functools.partial(
        events.sample,
        slices=slices,
        scores=scores,
        status=status,
        input_summary=input_summary,
        output_summary=output_summary,
        expected_summary=expected_summary,
        failure_tags=failure_tags,
        retrieval=retrieval,
        redacted=redacted,
        attributes=attributes,
    )
    return Sample(id, described, started_at)


def deployment(
    id: str,
    *,
    environment: str,
    artifact: str | None = None,
    source_run: str | None = None,
    report: str | None = None,
    started_at: Instant | None = None,
    completed_at: Instant | None = None,
) -> Deployment:
    """Bringing `artifact` into `environment` (staging, production, …). Needs no run.

    source_run: the run that made the artifact. report: id of the report it rests on.
    started_at, completed_at: when, if not now (telling a past deployment).
    """
    return Deployment(id, environment, artifact, source_run, report, started_at, completed_at)


def current_run() -> Run | None:
    """The run around here, if one is open in this context."""
    return _run_around(current_scope())


def _run_around(scope: Scope | None) -> Run | None:
    while scope is not None and not (isinstance(scope, Run) and scope.is_open):
        scope = scope.parent
    return scope if isinstance(scope, Run) else None


def _needs_run(scope: Scope, parent: Scope | None) -> bool:
    if _run_around(parent) is not None:
        return True
    if lifecycle.is_off():
        return False
    misuse(
        "no-run",
        f"{scope.kind} {scope.id!r} is outside any run, so it opens nothing; "
        'put it inside `with contexta.run("project"):`',
    )
    return False


def _tags(tags: Mapping[str, Any] | Sequence[str] | None) -> dict[str, str]:
    """Tags by key; a bare name is its own value `true`."""
    if not tags:
        return {}
    if isinstance(tags, Mapping):
        return {coerce.text(key): coerce.text(value) for key, value in tags.items()}
    return dict.fromkeys(coerce.texts(tags), "true")


def _address_of(context: otel_context.Context | None) -> Address | None:
    scope = current_scope(context)
    return None if scope is None else scope.address


def _send_pending() -> None:
    for scope in list(open_scopes.values()):
        scope.send_pending()


def _captured_within(timeout_s: float) -> bool:
    deadline = time.monotonic() + timeout_s
    scopes = list(open_scopes.values())
    return all(one.captured_within(max(0.0, deadline - time.monotonic())) for one in scopes)


def _end_open_scopes() -> None:
    """At the interpreter's exit: what is open was not ended; innermost first."""
    for scope in reversed(list(open_scopes.values())):
        if scope.is_open:
            scope.end("interrupted" if "interrupted" in scope.statuses else None)


def _forked() -> None:
    for scope in open_scopes.values():
        scope.forked()
    pulse.reset()


lifecycle.hooks.address_of = _address_of
lifecycle.hooks.captured_within = _captured_within
lifecycle.hooks.send_pending = _send_pending
lifecycle.hooks.end_open_scopes = _end_open_scopes
lifecycle.hooks.rejected = pulse.note_rejected
lifecycle.hooks.forked = _forked

__all__ = [
    "Batch",
    "Deployment",
    "Operation",
    "Run",
    "Sample",
    "Scope",
    "Stage",
    "batch",
    "current_run",
    "deployment",
    "operation",
    "run",
    "sample",
    "stage",
]
