"""The scopes inside a run: stage, operation, batch, sample."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

from contexta.base import coerce
from contexta.base.address import Address
from contexta.base.coerce import Attributes, Instant
from contexta.base.misuse import guarded, misuse
from contexta.emitter import lifecycle
from contexta.records import events
from contexta.records.put import Names, put_integer
from contexta.scopes.run_scope import run_around
from contexta.scopes.scope import Scope
from contexta_semconv import attributes as names
from contexta_semconv import spans, values


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
        put_integer(attributes, names.CONTEXTA_STAGE_INDEX, "index", self.index)
        put_integer(attributes, names.CONTEXTA_STAGE_ATTEMPT, "attempt", self.attempt)
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
        put_integer(attributes, names.CONTEXTA_BATCH_INDEX, "index", self.index)
        put_integer(attributes, names.CONTEXTA_BATCH_SIZE, "size", self.size)
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


def _needs_run(scope: Scope, parent: Scope | None) -> bool:
    if run_around(parent) is not None:
        return True
    if lifecycle.is_off():
        return False
    misuse(
        "no-run",
        f"{scope.kind} {scope.id!r} is outside any run, so it opens nothing; "
        'put it inside `with contexta.run("project"):`',
    )
    return False
