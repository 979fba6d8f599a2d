"""What `opentelemetry-instrument` calls when it has set everything up (`opentelemetry_post_instrument`).

It adds one processor of ours to the provider that is active then, however that was configured. It is
no distro and no configurator, does nothing a second time, and never raises: an exception here would
end the instrumentation of the whole process.
"""

from __future__ import annotations

import os
from typing import Final

from contexta.base.misuse import note_internal_error

_AUTO_RUN: Final = "CONTEXTA_AUTO_RUN"


def post_instrument() -> None:
    """Link up with the active provider; join or open the run of this process where asked."""
    try:
        _link()
        _enter_run()
    except Exception as fault:
        note_internal_error("the hook of opentelemetry-instrument", fault)


def _link() -> None:
    from contexta.base import settings
    from contexta.emitter import lifecycle

    if settings.disabled():
        return
    from opentelemetry import trace
    from opentelemetry.sdk.trace import TracerProvider

    from contexta.emitter.link import link_on

    provider = trace.get_tracer_provider()
    if isinstance(provider, TracerProvider):
        link_on(provider).on_first_evidence = lifecycle.acquire


def _enter_run() -> None:
    """CONTEXTA_AUTO_RUN=training makes a run of that type of every process; `1` one without a type."""
    from contexta.scopes import process_run

    asked = os.environ.get(_AUTO_RUN, "").strip().lower()
    if process_run.joined() is None and asked not in ("", "0", "false", "no", "off"):
        process_run.opened(None if asked in ("1", "true", "yes", "on") else asked)
