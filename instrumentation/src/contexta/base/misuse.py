"""What happens when the library is used wrongly, or fails itself: the job goes on.

Misuse is one warning at the line that made it, with the fix; in strict mode it is an error there.
A fault of ours is logged once and counted; it never leaves a public call.
"""

from __future__ import annotations

import functools
import logging
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final, ParamSpec, TypeVar

logger: Final = logging.getLogger("contexta")

_PACKAGE: Final = str(Path(__file__).parent.parent)

P = ParamSpec("P")
R = TypeVar("R")


class ContextaUsageError(Exception):
    """The library was used wrongly; raised only in strict mode."""


class _Said:
    """What has been said already, so that it is said once."""

    def __init__(self) -> None:
        self.keys: set[tuple[str, str, int]] = set()
        self.strict = os.environ.get("CONTEXTA_STRICT", "").lower() in ("1", "true", "yes", "on")
        self.lock = threading.Lock()
        self.internal_errors = 0

    def first_time(self, key: tuple[str, str, int]) -> bool:
        with self.lock:
            if key in self.keys:
                return False
            self.keys.add(key)
            return True

    def unlock_in_child(self) -> None:
        self.lock = threading.Lock()


_said: Final = _Said()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_said.unlock_in_child)


def set_strict(strict: bool) -> None:
    """Whether misuse raises ContextaUsageError instead of warning."""
    _said.strict = strict


def forget_warnings() -> None:
    """Say everything once more (for tests)."""
    with _said.lock:
        _said.keys.clear()


def misuse(code: str, message: str, *, everywhere: bool = False) -> None:
    """Warn, once per line of the caller (or once at all if `everywhere`), or raise when strict.

    Raises: ContextaUsageError in strict mode.
    """
    if _said.strict:
        raise ContextaUsageError(message)
    file, line, level = ("", 0, 2) if everywhere else _caller()
    if _said.first_time((code, file, line)):
        logger.warning("%s", message, stacklevel=level)


def warn_once(code: str, message: str, *values: object) -> None:
    """Say something about the surroundings (an endpoint, a missing package), once a process."""
    if _said.first_time((code, "", 0)):
        logger.warning(message, *values, stacklevel=2)


def internal_error_count() -> int:
    """How many calls failed by a fault of ours; their evidence is lost."""
    return _said.internal_errors


def _caller() -> tuple[str, int, int]:
    """File and line of the nearest frame outside this package, and its distance for logging."""
    frame = sys._getframe(2)  # pyright: ignore[reportPrivateUsage]: the documented way to the caller
    level = 3
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        frame = frame.f_back
        level += 1
    return frame.f_code.co_filename, frame.f_lineno, level - 1


def guarded(otherwise: R) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Make a public call safe for the job: a fault inside it is logged, counted, and `otherwise` returned.

    Misuse in strict mode still raises; so does whatever is no Exception (an interrupt).
    """

    def wrap(function: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            try:
                return function(*args, **kwargs)
            except ContextaUsageError:
                raise
            except Exception as fault:
                note_internal_error(function.__qualname__, fault)
                return otherwise

        return call

    return wrap


def note_internal_error(where: str, fault: BaseException) -> None:
    """Log a fault of ours (once per place) and count it."""
    _said.internal_errors += 1
    if _said.first_time(("internal", where, 0)):
        logger.warning(
            "contexta failed in %s (%s: %s); the evidence of this call is lost, the job goes on",
            where,
            type(fault).__name__,
            fault,
            exc_info=logger.isEnabledFor(logging.DEBUG),
        )
