"""What is asked of all open scopes at once: at a flush, at the exit, after a fork."""

from __future__ import annotations

import time

from opentelemetry import context as otel_context

from contexta.base.address import Address
from contexta.emitter import lifecycle
from contexta.scopes import process_run, pulse
from contexta.scopes.scope import Scope
from contexta.scopes.surrounding import (
    around_process,
    ask_for_joined_run,
    current_scope,
    open_scopes,
)


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
    whole = scopes_around(around_process())
    for scope in reversed(list(open_scopes.values())):
        if scope.is_open and scope not in whole:
            scope.end("interrupted" if "interrupted" in scope.statuses else None)
    process_run.end_with_process()


def scopes_around(scope: Scope | None) -> list[Scope]:
    """`scope` and what it is in, innermost first."""
    found: list[Scope] = []
    while scope is not None:
        found.append(scope)
        scope = scope.parent
    return found


def _forked() -> None:
    for scope in open_scopes.values():
        scope.forked()
    pulse.reset()


def answer_for_open_scopes() -> None:
    """Give the lifecycle its answers; once, at import."""
    lifecycle.hooks.address_of = _address_of
    ask_for_joined_run(process_run.joined)
    lifecycle.hooks.captured_within = _captured_within
    lifecycle.hooks.send_pending = _send_pending
    lifecycle.hooks.end_open_scopes = _end_open_scopes
    lifecycle.hooks.rejected = pulse.note_rejected
    lifecycle.hooks.forked = _forked
    lifecycle.hooks.beat = pulse.beat
