"""How a scope ends with an error: what it is called, what is said of it, and what is no error at all."""

from __future__ import annotations

import sys
import traceback
from typing import Final

from contexta.base import coerce, secrets
from contexta.base.coerce import Attributes
from contexta_semconv import attributes as names

_STACK_LIMIT: Final = 8 * 1024
_MESSAGE_LIMIT: Final = 1_000


def status(error: BaseException | str | None, statuses: frozenset[str]) -> str:
    """How a scope ended, in those of these words that its kind has."""
    if error is None:
        return "completed"
    if isinstance(error, KeyboardInterrupt):
        return "interrupted"
    if is_cancelled(error):
        return "cancelled" if "cancelled" in statuses else "interrupted"
    return "failed"


def failure(error: BaseException | str | None) -> tuple[str, str]:
    """Error type and status message of a failed scope, credentials masked."""
    if isinstance(error, BaseException):
        shown = secrets.in_prose(coerce.text(error, _MESSAGE_LIMIT))
        return type_name(error), f"{type(error).__name__}: {shown}"
    said = "" if error is None else secrets.in_prose(coerce.text(error))
    return "_OTHER" if error is None else said, said


def exception_event(error: BaseException) -> Attributes:
    """The `exception` event: its type, message and the end of its stack, credentials masked."""
    stack = "".join(traceback.format_exception(error))
    return {
        names.EXCEPTION_TYPE: type_name(error),
        names.EXCEPTION_MESSAGE: secrets.in_prose(coerce.text(error)),
        names.EXCEPTION_STACKTRACE: secrets.in_prose(coerce.text(stack))[-_STACK_LIMIT:],
        names.CONTEXTA_EVENT_SEVERITY: "error",
    }


def type_name(error: BaseException) -> str:
    """Module and name of its class; of built-in ones the name."""
    module = type(error).__module__
    name = type(error).__qualname__
    return name if module == "builtins" else f"{module}.{name}"


def is_cancelled(error: object) -> bool:
    """asyncio's cancellation, without importing asyncio for those who don't use it."""
    cancelled = getattr(sys.modules.get("asyncio"), "CancelledError", None)
    return cancelled is not None and isinstance(error, cancelled)


def is_no_error(error: object) -> bool:
    """Ends that are no failure: `sys.exit(0)`, and a generator that is closed."""
    clean_exit = isinstance(error, SystemExit) and error.code in (None, 0)
    return clean_exit or isinstance(error, GeneratorExit)
