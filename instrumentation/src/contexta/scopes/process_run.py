"""The run of a whole process: for code that opens none itself.

A process started inside a run (see `child_env`, `contexta-run`) is part of it from its first record,
stage or batch on, without calling `run()`; so is every process under `opentelemetry-instrument` where
CONTEXTA_AUTO_RUN asks for it. It ends with the interpreter, failed if an exception ended that.
"""

from __future__ import annotations

import contextvars
import os
import sys
import threading
from typing import Final

from contexta.base.misuse import note_internal_error
from contexta.scopes import joining, surrounding
from contexta.scopes.run_scope import Run, run
from contexta.scopes.scope import Scope
from contexta.scopes.work import stage

_STAGE: Final = "CONTEXTA_STAGE"


class _Process:
    """The run that was opened for this process, if any."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.run: Run | None = None

    def unlock_in_child(self) -> None:
        self.lock = threading.RLock()


_process: Final = _Process()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_process.unlock_in_child)


def joined() -> Scope | None:
    """The innermost scope of this process's run; opened now if the environment names a run."""
    if _process.run is not None and _process.run.is_open:
        return surrounding.around_process()
    if joining.outside() is None:
        return None
    return opened()


def innermost() -> Scope | None:
    """The innermost open scope here; that of this process's run where there is no other."""
    return surrounding.current_scope() or joined()


def opened(type: str | None = None) -> Scope | None:
    """The same, where the environment names no run either: then it is a run of its own.

    type: of a run of its own.
    """
    with _process.lock:
        if _process.run is not None:
            return surrounding.around_process()
        try:
            _process.run = _open(type)
        except Exception as fault:
            note_internal_error("the run of this process", fault)
        return surrounding.around_process()


def _open(type: str | None) -> Run:
    """Started in a context of its own, so that it is around everything and current nowhere."""
    whole = run(type=type) if type else run()
    context = contextvars.Context()
    context.run(whole.start)
    if whole.is_open:
        surrounding.put_around_process(whole)
        name = os.environ.get(_STAGE, "").strip()
        if name and joining.outside() is not None:
            inner = stage(name)
            context.run(inner.start)
            surrounding.put_around_process(inner)
    return whole


def end_with_process() -> None:
    """The interpreter ends, and with it this process's run: as the process does."""
    with _process.lock:
        whole, _process.run = _process.run, None
    innermost = surrounding.around_process()
    surrounding.put_around_process(None)
    if whole is None or not whole.is_open:
        return
    error: BaseException | None = getattr(sys, "last_value", None)
    if innermost is not None and innermost is not whole:
        innermost.end(error=error)
    whole.end(error=error)
