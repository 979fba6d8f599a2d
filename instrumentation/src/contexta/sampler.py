"""A sampler for the user's provider that keeps spans inside runs whole for us alone.

Evidence of ours needs none: it comes from a provider of ours. This is for the spans of *other*
libraries inside a run, which the user's ratio would drop. They are then recorded but not sampled:
our processor gets them, standard exporters skip them, and the user's backend keeps its ratio.

    OTEL_TRACES_SAMPLER=contexta_parentbased_traceidratio OTEL_TRACES_SAMPLER_ARG=0.05
"""

from __future__ import annotations

from collections.abc import Sequence

from opentelemetry.context import Context
from opentelemetry.sdk.trace.sampling import (
    ALWAYS_OFF,
    Decision,
    ParentBased,
    Sampler,
    SamplingResult,
    TraceIdRatioBased,
)
from opentelemetry.trace import Link, SpanKind, TraceState
from opentelemetry.util.types import Attributes

from contexta import lifecycle
from contexta.misuse import note_internal_error, warn_once
from contexta_semconv import attributes as names


class KeepRuns(Sampler):
    """The decision of `sampler`, except that a span inside a run is recorded where it says drop."""

    def __init__(self, sampler: Sampler) -> None:
        self._sampler = sampler

    def should_sample(
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        trace_state: TraceState | None = None,
    ) -> SamplingResult:
        """As OpenTelemetry's."""
        result = self._sampler.should_sample(
            parent_context, trace_id, name, kind, attributes, links, trace_state
        )
        if result.decision is not Decision.DROP or not _in_a_run(parent_context, attributes):
            return result
        return SamplingResult(Decision.RECORD_ONLY, attributes, result.trace_state)

    def get_description(self) -> str:
        """As OpenTelemetry's."""
        return f"contexta: {self._sampler.get_description()}, runs recorded whole"


def _in_a_run(context: Context | None, attributes: Attributes) -> bool:
    try:
        present = attributes or {}
        return (
            names.CONTEXTA_RUN_ID in present
            or names.CONTEXTA_EVIDENCE_KIND in present
            or lifecycle.hooks.address_of(context) is not None
        )
    except Exception as fault:
        note_internal_error("the sampler", fault)
        return False


def trace_id_ratio(argument: str | float | None = None) -> Sampler:
    """`contexta_traceidratio`: the share of traces in OTEL_TRACES_SAMPLER_ARG, runs whole for us."""
    return KeepRuns(TraceIdRatioBased(_ratio(argument)))


def parent_based_trace_id_ratio(argument: str | float | None = None) -> Sampler:
    """`contexta_parentbased_traceidratio`: the same, where there is no parent to follow."""
    return KeepRuns(ParentBased(TraceIdRatioBased(_ratio(argument))))


def always_off(_argument: str | float | None = None) -> Sampler:
    """`contexta_always_off`: the user's backend gets nothing, we get what is inside runs."""
    return KeepRuns(ALWAYS_OFF)


def _ratio(argument: str | float | None) -> float:
    try:
        ratio = 1.0 if argument in (None, "") else float(argument)
    except ValueError:
        ratio = -1.0
    if 0.0 <= ratio <= 1.0:
        return ratio
    warn_once(
        "sampler", "OTEL_TRACES_SAMPLER_ARG=%r is no share between 0 and 1; using 1", argument
    )
    return 1.0
