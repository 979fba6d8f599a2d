"""Calls that become operations: which are told, which are inside another one, and which are too many.

A library calls itself. A pipeline fits its steps, `score` calls `predict`, an ensemble fits a thousand
trees. The outermost call is an operation; what it calls on *other* objects is told below it, three
levels deep, at most five of the same kind and a thousand in all, and what was left out is said. A told
call costs a quarter of a millisecond in a real training; with a bound of five, neither the trees of a
boosting nor the folds of a large search pay for each other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any, Final, TypeVar

from contexta.integrations.evidence import open_run
from contexta.integrations.patches import Told
from contexta.scopes.process_run import innermost
from contexta.scopes.run_scope import Run
from contexta.scopes.scope import Scope
from contexta.scopes.work import operation

_DEPTH_LIMIT: Final = 3
_ALIKE_LIMIT: Final = 5
_NESTED_LIMIT: Final = 1_000

AnyCall = TypeVar("AnyCall", bound="Call")

_active: Final[ContextVar[Call | None]] = ContextVar("contexta-library-call", default=None)


class Call(Told):
    """One call on one object, as an operation that is open until the call ends."""

    def __init__(
        self, subject: object, outer: Call | None, surrounding: Scope, own_run: Run | None
    ) -> None:
        self.subject = subject
        self.outer = outer
        self.surrounding = surrounding
        self.depth: int = 0 if outer is None else outer.depth + 1
        self.root: Call = self if outer is None else outer.root
        self.nested = 0
        """Calls inside this one that might have been told; `told_inside` of them were."""
        self.told_inside = 0
        self._alike: Counter[object] = Counter()
        self.scopes: list[Scope] = [] if own_run is None else [own_run]

    @property
    def scope(self) -> Scope:
        """The innermost scope this call has opened: its operation."""
        return self.scopes[-1]

    def open(self, scope: Scope) -> None:
        """Start a scope that lasts until the call ends."""
        self.scopes.append(scope.start())

    def run_as(self, name: str, type: str, attributes: Mapping[str, Any]) -> None:
        """Start its operation, and be the call in which others are nested."""
        self.open(operation(name, type=type, attributes=attributes))
        _active.set(self)

    def admits(self, kind: object) -> bool:
        """Whether one more call of this kind is told inside it; counts it either way."""
        self.nested += 1
        self._alike[kind] += 1
        if self._alike[kind] > _ALIKE_LIMIT or self.told_inside >= _NESTED_LIMIT:
            return False
        self.told_inside += 1
        return True

    def tell(self, result: Any) -> None:
        """What is known once the call has returned; its operation is still open."""

    def done(self, result: Any) -> None:
        try:
            self.tell(result)
        finally:
            self._close(None)

    def failed(self, error: BaseException) -> None:
        self._close(error)

    def _close(self, error: BaseException | None) -> None:
        if _active.get() is self:
            _active.set(self.outer)
        if self.nested > self.told_inside:
            self.scope.log_degraded(
                "nested_calls_not_told",
                severity="info",
                expected=self.nested,
                observed=self.told_inside,
            )
        for scope in reversed(self.scopes):
            scope.end(error=error)


def begun(call: AnyCall, begin: Callable[..., None], *details: Any) -> AnyCall:
    """`call` after `begin`. What it had opened before a fault is closed again: nothing may be nested
    in a call that nobody will end."""
    try:
        begin(*details)
    except Exception:
        call.failed(RuntimeError("telling about it failed"))
        raise
    return call


def active() -> Call | None:
    """The innermost call that is told here."""
    return _active.get()


def is_worth_telling(subject: object, kind: object) -> bool:
    """Whether a call on `subject` is told, where it is nested in others. kind: equal for those of the
    same class and name."""
    outer = _active.get()
    if outer is None:
        return True
    if outer.subject is subject or outer.depth + 1 >= _DEPTH_LIMIT:
        return False
    return outer.root.admits(kind)


def place(open_runs: bool, *, run_type: str, name: str) -> tuple[Scope | None, Run | None]:
    """Where a call would be told: the scope around it, and the run opened for it if there was none.

    In a process that is part of another one's run, that run is around everything: calls one after
    the other are in one joined run, not in one each.
    """
    around = innermost()
    if around is not None:
        return around, None
    own = open_run(open_runs, type=run_type, name=name)
    return own, own
