"""Attributes of other people's classes and modules, replaced and put back; calls told about.

A replacement is a plain function, not a proxy object: bound methods and functions of the library
still pickle by name, which process pools rely on.
"""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable, Mapping
from typing import Any, Final

from contexta.base.misuse import note_internal_error
from contexta.scopes.joining import outside
from contexta.scopes.surrounding import open_scopes

_ABSENT: Final = object()


class Told:
    """One call that is told about, from its begin to its end. Nothing it does may matter to the
    call: what is raised here is logged, counted and forgotten."""

    args: tuple[Any, ...] | None = None
    kwargs: Mapping[str, Any] | None = None
    """What to call with instead (a callback added, an objective wrapped); None: as the caller said."""

    def done(self, result: Any) -> None:
        """The call returned."""

    def failed(self, error: BaseException) -> None:
        """The call raised; the error goes on to the caller."""


Begin = Callable[[tuple[Any, ...], Mapping[str, Any]], Told | None]


class Patches:
    """What one instrumentor has replaced. `active` until `undo`."""

    def __init__(self, *, open_runs: bool) -> None:
        self.open_runs = open_runs
        self.active = True
        self._replaced: list[tuple[Any, str, Any, Any]] = []
        self._made: set[int] = set()

    def observe(self, owner: Any, name: str, begin: Begin) -> None:
        """Tell about calls of a function or method, found in `owner` itself; nothing if it isn't there, or is
        ours already."""
        original = _own(owner, name)
        if original is _ABSENT or id(original) in self._made:
            return
        if callable(original):
            self.replace(owner, name, self._observed(original, begin))
        elif callable(getattr(original, "fn", None)):
            # sklearn's `available_if`: a descriptor around the function.
            inner = copy.copy(original)
            inner.fn = self._observed(original.fn, begin)
            self.replace(owner, name, inner)

    def replace(self, owner: Any, name: str, new: Any) -> None:
        """Put `new` in the place of an attribute until `undo`."""
        self._replaced.append((owner, name, _own(owner, name), new))
        self._made.add(id(new))
        setattr(owner, name, new)

    def undo(self) -> None:
        """Put everything back that still is ours; the rest passes calls straight on."""
        self.active = False
        for owner, name, old, new in reversed(self._replaced):
            if _own(owner, name) is not new:
                continue
            if old is _ABSENT:
                delattr(owner, name)
            else:
                setattr(owner, name, old)
        self._replaced.clear()
        self._made.clear()

    def _may_tell(self) -> bool:
        """Whether anything could be told now. A service outside any run stops here, a microsecond later."""
        return self.active and (self.open_runs or bool(open_scopes) or outside() is not None)

    def _observed(self, original: Callable[..., Any], begin: Begin) -> Callable[..., Any]:
        @functools.wraps(original)
        def call(*args: Any, **kwargs: Any) -> Any:
            told = quietly(begin, args, kwargs) if self._may_tell() else None
            if told is None:
                return original(*args, **kwargs)
            try:
                result = original(
                    *(args if told.args is None else told.args),
                    **(kwargs if told.kwargs is None else told.kwargs),
                )
            except BaseException as error:
                quietly(told.failed, error)
                raise
            quietly(told.done, result)
            return result

        return call


def _own(owner: Any, name: str) -> Any:
    """An attribute as it stands in a class or module itself, not what it inherits or binds."""
    return owner.__dict__.get(name, _ABSENT)


def quietly(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Its result; None if it raises, which is logged once, counted, and goes no further."""
    try:
        return function(*args, **kwargs)
    except Exception as fault:
        note_internal_error(f"{function.__module__}.{function.__qualname__}", fault)
        return None


def argument(args: tuple[Any, ...], kwargs: Mapping[str, Any], index: int, *names: str) -> Any:
    """An argument by its place, else by one of its names; None if it is not there."""
    if len(args) > index:
        return args[index]
    return next((kwargs[name] for name in names if name in kwargs), None)
