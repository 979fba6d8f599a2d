# DO NOT EDIT. Generated from semconv/registry by semconv/tools/generate.py:
# change the YAML, then `make semconv`.
"""ML evidence as spans: values of `contexta.evidence.kind`, and how the spans are named."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

RUN: Final = "run"
"""One execution of an ML job.

The span ends last, with the run's totals; what must be known before is announced by
`contexta.run.started`. A failure is the span's status Error with `error.type`; on success the
status stays Unset.

Span name: `run {contexta.run.type}`.
"""

STAGE: Final = "stage"
"""A named step of a run.

Span name: `stage {contexta.stage.name}`.
"""

OPERATION: Final = "operation"
"""A unit of work inside a stage, or directly in the run.

Any further attribute is kept with the operation.

Span name: `{contexta.operation.name}`.
"""

BATCH: Final = "batch"
"""A part of the data worked through at once.

Span name: `batch {contexta.batch.type}`.
"""

SAMPLE: Final = "sample"
"""One sample that has operations of its own.

A sample without operations is the event `contexta.sample`. Both may be sent; they are one sample.

Span name: `sample`.
"""

DEPLOYMENT: Final = "deployment"
"""Bringing an artifact into an environment.

Span name: `deployment`.
"""

SEGMENT: Final = "segment"
"""A carrier of events of a scope that is still open.

A child of the open scope's span, with that scope's address; it ends early so that its events are
exported before the scope ends. It is no scope of its own: its events belong to its parent. Announce
and heartbeats travel on one too.

Span name: `evidence segment`.
"""

ALL: Final[frozenset[str]] = frozenset(
    {
        RUN,
        STAGE,
        OPERATION,
        BATCH,
        SAMPLE,
        DEPLOYMENT,
        SEGMENT,
    }
)
"""Every kind of evidence span Contexta defines."""

NAME_PATTERNS: Final[Mapping[str, str]] = MappingProxyType(
    {
        RUN: "run {contexta.run.type}",
        STAGE: "stage {contexta.stage.name}",
        OPERATION: "{contexta.operation.name}",
        BATCH: "batch {contexta.batch.type}",
        SAMPLE: "sample",
        DEPLOYMENT: "deployment",
        SEGMENT: "evidence segment",
    }
)
"""Kind → name of the span, attribute keys in braces standing for their values."""
