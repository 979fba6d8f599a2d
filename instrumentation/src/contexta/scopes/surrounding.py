"""Which scope is around the code that runs: that of its context, else that of the whole process."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, cast

from opentelemetry import context as otel_context
from opentelemetry.context import Context
from opentelemetry.trace import get_current_span, set_span_in_context

if TYPE_CHECKING:
    from contexta.scopes.scope import Scope

SCOPE: Final = otel_context.create_key("contexta-scope")
"""Under this a context holds the scope that was entered last in it; it may have ended."""

open_scopes: Final[dict[int, Scope]] = {}
"""Those of this process that are open, by identity, in the order in which they were opened."""

_around_process: Final[list[Scope]] = []
_joined: Final[list[Callable[[], Scope | None]]] = []


def current_scope(context: Context | None = None) -> Scope | None:
    """The innermost open scope of this context, if any."""
    scope = cast("Scope | None", otel_context.get_value(SCOPE, context))
    while scope is not None and not scope.is_open:
        scope = scope.parent
    return around_process() if scope is None else scope


def below(parent: Scope | None) -> Context:
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


def ask_for_joined_run(find: Callable[[], Scope | None]) -> None:
    """From now on a scope that is in no other asks `find` for the run that this process joined."""
    _joined[:] = [find]


def joined_run() -> Scope | None:
    """The run of another process that this one joined, if it did."""
    for find in _joined:
        return find()
    return None
