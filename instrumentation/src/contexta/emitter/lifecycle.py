"""Setting up on first use: settings → transport → queue → providers → the emitter.

Importing `contexta` imports none of the OpenTelemetry SDK or gRPC, starts no thread and opens no
connection; the first scope that opens does. This is the only module that decides that.
"""

from __future__ import annotations

import atexit
import contextlib
import dataclasses
import os
import sys
import threading
import time
from collections.abc import Callable, Generator, Mapping
from typing import TYPE_CHECKING, Final

from contexta.base import settings as settings_module
from contexta.base.misuse import (
    guarded,
    internal_error_count,
    misuse,
    set_strict,
    warn_once,
)
from contexta.base.settings import Carrier, Protocol, Settings
from contexta.delivery.queue import DropCounts, EvidenceQueue

if TYPE_CHECKING:
    from opentelemetry.context import Context

    from contexta.base.address import Address
    from contexta.delivery.spool import Spool
    from contexta.delivery.transport import Transport
    from contexta.emitter.emitter import Emitter
    from contexta.emitter.providers import Providers


@dataclasses.dataclass
class Hooks:
    """What the scopes are asked for from outside; they put their functions here at import."""

    captured_within: Callable[[float], bool]
    send_pending: Callable[[], None]
    end_open_scopes: Callable[[], None]
    address_of: Callable[[Context | None], Address | None]
    rejected: Callable[[int, str], None]
    forked: Callable[[], None]
    beat: Callable[[], None]


class _State:
    """What is set up in this process."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.settings: Settings | None = None
        self.emitter: Emitter | None = None
        self.providers: Providers | None = None
        self.unavailable = False
        self.transport_for_tests: Transport | None = None
        self.drops = DropCounts()
        self.exit_registered = False


_state: Final = _State()
hooks: Final = Hooks(
    captured_within=lambda _seconds: True,
    send_pending=lambda: None,
    end_open_scopes=lambda: None,
    address_of=lambda _context: None,
    rejected=lambda _count, _message: None,
    forked=lambda: None,
    beat=lambda: None,
)


@guarded(None)
def configure(
    *,
    endpoint: str | None = None,
    headers: Mapping[str, str] | None = None,
    project: str | None = None,
    spool: str | None = None,
    carrier: Carrier | None = None,
    strict: bool | None = None,
    protocol: Protocol | None = None,
    heartbeat_s: float | None = None,
    exit_timeout_s: float | None = None,
    queue_max_items: int | None = None,
    queue_max_bytes: int | None = None,
    environment: bool | None = None,
    redact: Callable[[str], str | None] | None = None,
) -> None:
    """Set what the environment variables would set; before the first run, or between runs.

    endpoint: `http://HOST:PORT`, `https://…`, or `file:DIR`, which needs no server.
    headers: sent with every request, beside OTEL_EXPORTER_OTLP_HEADERS.
    project: the project of runs that name none.
    spool: directory for what could not be delivered yet, "off" for none; a per-user one unless given.
    carrier: whether events travel on spans ("span"), as log records ("log") or "both".
    strict: misuse raises ContextaUsageError instead of warning once.
    protocol: grpc, http/protobuf or http/json.
    heartbeat_s, exit_timeout_s: seconds between heartbeats; longest wait for delivery at exit.
    queue_max_items, queue_max_bytes: bounds of what waits in memory.
    environment: whether runs capture environment and code revision at their start.
    redact: called with each input, output and expected summary of a sample before it is sent;
        returns the text to send, or None for no text. If it raises, the text is dropped and said.
    """
    given = {name: value for name, value in locals().items() if value is not None}
    if (carrier or "span") not in ("span", "log", "both"):
        misuse(
            "carrier", f"carrier={carrier!r} is not one of span, log, both; it is left as it was"
        )
        del given["carrier"]
    if headers is not None:
        given["headers"] = {**current_settings().headers, **headers}
    with _state.lock:
        if _state.emitter is not None:
            shutdown()
        _state.settings = dataclasses.replace(current_settings(), **given)
        _state.unavailable = False
        set_strict(_state.settings.strict)


def current_settings() -> Settings:
    """The settings in force."""
    if _state.settings is None:
        _state.settings = settings_module.from_environment()
    return _state.settings


def forget_settings() -> None:
    """Read the environment again when settings are next needed."""
    _state.settings = None


def acquire() -> Emitter | None:
    """The emitter, made on first use; None when emitting is off or impossible (said once)."""
    if _state.emitter is not None:
        if _state.providers is not None:
            _state.providers.join()
        return _state.emitter
    with _state.lock:
        if _state.emitter is None and not _state.unavailable:
            _state.emitter = _set_up()
            _state.unavailable = _state.emitter is None
        return _state.emitter


def is_off() -> bool:
    """Whether emitting was found to be off or impossible; nothing more is said then."""
    return _state.unavailable


def existing() -> Emitter | None:
    """The emitter if one was made."""
    return _state.emitter


def _set_up() -> Emitter | None:
    if settings_module.disabled():
        return None
    try:
        return _build(current_settings())
    except ImportError as missing:
        warn_once(
            "sdk",
            "contexta emits nothing: %s is not installed. The job goes on. "
            'Fix: pip install "contexta[sdk]"',
            missing.name or missing,
        )
        return None


def _build(settings: Settings) -> Emitter:
    from contexta.delivery.destination import transport_for
    from contexta.delivery.exporter import Exporter
    from contexta.emitter.emitter import Emitter
    from contexta.emitter.providers import Providers
    from contexta.emitter.span_processor import EvidenceLogProcessor, EvidenceSpanProcessor

    queue = EvidenceQueue(
        settings.queue_max_items, settings.queue_max_bytes, settings.queue_wait_s, _state.drops
    )
    exporter = Exporter(
        queue,
        _state.transport_for_tests or transport_for(settings),
        _state.drops,
        delay_s=settings.export_delay_s,
        timeout_s=settings.timeout_s,
        on_rejected=lambda count, message: hooks.rejected(count, message),
        spool=None if _state.transport_for_tests else _spool(settings),
    )
    providers = Providers(
        lambda: EvidenceSpanProcessor(queue, exporter, lambda context: hooks.address_of(context)),
        EvidenceLogProcessor(queue, exporter),
    )
    _state.providers = providers
    if not _state.exit_registered:
        atexit.register(_at_exit)
        _deliver_at_end_of_served_worker()
        _state.exit_registered = True
    return Emitter(settings, providers.tracer(), providers.logger(), queue, exporter, _state.drops)


def _spool(settings: Settings) -> Spool | None:
    from contexta.delivery.destination import Destination
    from contexta.delivery.spool import Spool, directories

    places = directories(settings.spool)
    if not places:
        return None
    return Spool(places, Destination.of(settings), settings.spool_max_bytes)


@guarded(False)
def flush(timeout_s: float = 10.0) -> bool:
    """Deliver what has been recorded so far: open scopes' events, and what is still being found out
    for them (hashes, packages, the code revision).

    timeout_s: longest wait, in seconds.
    Returns: whether all of it was delivered; True when there was nothing to deliver.
    """
    deadline = time.monotonic() + timeout_s
    found_out = hooks.captured_within(timeout_s)
    hooks.send_pending()
    emitter = _state.emitter
    left = max(0.0, deadline - time.monotonic())
    return found_out and (emitter is None or emitter.flush(left))


@guarded(None)
def shutdown(timeout_s: float | None = None) -> None:
    """Deliver what can be delivered and stop; the next scope sets everything up anew.

    timeout_s: longest wait in seconds; CONTEXTA_EXIT_TIMEOUT_S (2) unless given.
    """
    if _state.emitter is not None:
        hooks.send_pending()
    with _state.lock:
        emitter, _state.emitter = _state.emitter, None
        providers, _state.providers = _state.providers, None
        _state.unavailable = False
    if providers is not None:
        providers.leave()
    if emitter is not None:
        emitter.stop(emitter.settings.exit_timeout_s if timeout_s is None else timeout_s)


@guarded(dict[str, int]())
def dropped() -> dict[str, int]:
    """How many numbered items of evidence this process lost on the way out, by cause.

    Causes: queue_full, spool_full, spool_failed, endpoint_unreachable (at exit, without a spool),
    refused_by_endpoint, rejected_by_endpoint, too_large, internal_error. What waits in the spool is
    not lost. Empty when nothing was lost.
    """
    counts = _state.drops.by_cause()
    faults = internal_error_count()
    return (
        {**counts, "internal_error": counts.get("internal_error", 0) + faults} if faults else counts
    )


@contextlib.contextmanager
def through(transport: Transport, settings: Settings) -> Generator[None]:
    """Emit through `transport` with `settings` for a while; what was set up before comes back."""
    with _state.lock:
        before = (_state.emitter, _state.providers, _state.settings, _state.unavailable)
        _state.emitter, _state.providers, _state.unavailable = None, None, False
        _state.settings, _state.transport_for_tests = settings, transport
        set_strict(settings.strict)
    try:
        yield
    finally:
        shutdown()
        set_strict(before[2].strict if before[2] is not None else settings_module.strict())
        with _state.lock:
            _state.transport_for_tests = None
            _state.emitter, _state.providers, _state.settings, _state.unavailable = before


def _at_exit() -> None:
    """The interpreter ends: end what is open, then one bounded wait for delivery."""
    hooks.end_open_scopes()
    shutdown()


def _before_fork() -> None:
    if _state.emitter is not None:
        _state.emitter.pause_for_fork()


def _after_fork_in_parent() -> None:
    if _state.emitter is not None:
        _state.emitter.resume_after_fork()


def _after_fork_in_child() -> None:
    """Everything that belongs to the parent is let go; the next record sets things going here."""
    _state.lock = threading.RLock()
    _state.drops.restart()
    if _state.emitter is not None:
        _state.emitter.restart_in_child()
    if _state.providers is not None:
        _state.providers.restart_in_child()
    hooks.forked()
    _deliver_at_end_of_worker()


def _deliver_at_end_of_worker() -> None:
    """multiprocessing's children leave without `atexit`; they do run finalizers, which may only be
    registered once multiprocessing has cleared its parent's."""
    util = sys.modules.get("multiprocessing.util")
    if util is not None:
        finalize = util.Finalize

        def at_end(_: object) -> None:
            finalize(None, _at_exit, exitpriority=100)

        util.register_after_fork(_state, at_end)


def _deliver_at_end_of_served_worker() -> None:
    """The same for a worker of a fork server, which was forked before it imported us."""
    process = sys.modules.get("multiprocessing.process")
    util = sys.modules.get("multiprocessing.util")
    if process is not None and util is not None and process.parent_process() is not None:
        util.Finalize(None, _at_exit, exitpriority=100)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_before_fork,
        after_in_parent=_after_fork_in_parent,
        after_in_child=_after_fork_in_child,
    )
