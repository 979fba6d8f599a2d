"""A sampler for the user's provider that keeps spans inside runs whole for us alone.

Evidence of ours needs none: it comes from a provider of ours. This is for the spans of *other*
libraries inside a run, which the user's ratio would drop. They are then recorded but not sampled:
our processor gets them, standard exporters skip them, and the user's backend keeps its ratio.

    OTEL_TRACES_SAMPLER=contexta_parentbased_traceidratio OTEL_TRACES_SAMPLER_ARG=0.05

A configuration file (OTEL_CONFIG_FILE) names the same ones:

    sampler: {contexta_parentbased_traceidratio: {ratio: 0.05}}

The SDK hands such properties over from some version on; before it calls without any, and then the
variable counts.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Final

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

from contexta.base.misuse import note_internal_error, warn_once
from contexta.emitter import lifecycle
from contexta_semconv import attributes as names

_ARGUMENT: Final = "OTEL_TRACES_SAMPLER_ARG"


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


def trace_id_ratio(
    argument: str | float | None = None, *, ratio: str | float | None = None
) -> Sampler:
    """`contexta_traceidratio`: the share of traces in OTEL_TRACES_SAMPLER_ARG, runs whole for us."""
    return KeepRuns(TraceIdRatioBased(_share(argument if ratio is None else ratio)))


def parent_based_trace_id_ratio(
    argument: str | float | None = None, *, ratio: str | float | None = None
) -> Sampler:
    """`contexta_parentbased_traceidratio`: the same, where there is no parent to follow."""
    return KeepRuns(ParentBased(TraceIdRatioBased(_share(argument if ratio is None else ratio))))


def always_off(_argument: str | float | None = None, **_properties: object) -> Sampler:
    """`contexta_always_off`: the user's backend gets nothing, we get what is inside runs."""
    return KeepRuns(ALWAYS_OFF)


def _share(argument: str | float | None) -> float:
    if argument is None:
        argument = os.environ.get(_ARGUMENT)
    try:
        share = 1.0 if argument in (None, "") else float(argument)
    except (TypeError, ValueError):
        share = -1.0
    if 0.0 <= share <= 1.0:
        return share
    warn_once(
        "sampler",
        f"%r ({_ARGUMENT}, or `ratio` in the configuration file) is no share between 0 "
        "and 1; using 1",
        argument,
    )
    return 1.0
