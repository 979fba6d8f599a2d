"""The one processor of ours on a provider of the user's: it stays, what is behind it may change.

A processor cannot be taken back from a provider. So there is one for each, however often evidence is
set up and shut down; without anything behind it, it costs a look at two attributes a span.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Mapping
from typing import Final, cast

from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor, TracerProvider

from contexta.base.misuse import note_internal_error
from contexta_semconv import attributes as names

_links: Final[weakref.WeakKeyDictionary[TracerProvider, Link]] = weakref.WeakKeyDictionary()
_lock = threading.Lock()


class _Taken:
    """Spans that have come to us already, for the exporter of ours that may be asked for as well."""

    def __init__(self) -> None:
        self.asked_for = False
        self.spans: weakref.WeakSet[ReadableSpan] = weakref.WeakSet()


taken: Final = _Taken()


class Link(SpanProcessor):
    """Hands spans on to what is behind it. Never raises, never ends anything but itself."""

    def __init__(self) -> None:
        self.behind: SpanProcessor | None = None
        self.on_first_evidence: Callable[[], object] | None = None

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """A span of the user's begins."""
        behind = self.behind
        if behind is not None:
            behind.on_start(span, parent_context)

    def on_end(self, span: ReadableSpan) -> None:
        """A span of the user's has ended. The first that is evidence sets things up."""
        if self.behind is None and self.on_first_evidence is not None and is_evidence(span):
            try:
                self.on_first_evidence()
            except Exception as fault:
                note_internal_error("setting up for a span", fault)
        behind = self.behind
        if behind is not None:
            behind.on_end(span)
            note_taken(span)

    def shutdown(self) -> None:
        """Only the user's provider ends; what is behind is not its to end."""
        self.behind = None
        self.on_first_evidence = None

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Whether everything finished was delivered in time."""
        behind = self.behind
        return True if behind is None else behind.force_flush(timeout_millis)


def note_taken(span: ReadableSpan) -> None:
    """`span` has come to us, if it is evidence."""
    if taken.asked_for and is_evidence(span):
        taken.spans.add(span)


def link_on(provider: TracerProvider) -> Link:
    """The link on `provider`; added if there is none yet."""
    with _lock:
        link = _links.get(provider)
        if link is None:
            link = Link()
            provider.add_span_processor(link)
            _links[provider] = link
        return link


def is_linked(provider: TracerProvider) -> bool:
    """Whether spans of `provider` come to us through a link."""
    link = _links.get(provider)
    return link is not None and link.behind is not None


def is_evidence(span: ReadableSpan) -> bool:
    """Whether a span says itself that it is evidence, or was stamped as part of a run."""
    attributes = cast("Mapping[str, object]", span.attributes or {})
    return names.CONTEXTA_RUN_ID in attributes or names.CONTEXTA_EVIDENCE_KIND in attributes
