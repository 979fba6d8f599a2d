"""The original telemetry of some runs, taken from the journal: OTLP in, the same OTLP out.

What a store made of it can be made again: taken into an empty store, the files give the same evidence.
So a span, log record or data point is kept when it

- carries the id of an exported run, or belongs to a trace of one;
- was numbered by a process that emitted for one (without its other numbers, what is left would read
  as lost);
- is about an artifact, report or deployment that the export reaches.
"""

from collections.abc import Callable, Iterable, Iterator, MutableSequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from contexta_processor.base.query import Query
from contexta_processor.base.signal import Signal
from contexta_processor.base.statement import statement
from contexta_processor.journal.reader import end_position, read_records
from contexta_processor.surfaces.export.scope import Scope
from contexta_semconv.attributes import (
    CONTEXTA_ARTIFACT_ID,
    CONTEXTA_DEPLOYMENT_ARTIFACT_ID,
    CONTEXTA_PRODUCER_ID,
    CONTEXTA_RELATION_FROM,
    CONTEXTA_RELATION_TO,
    CONTEXTA_RUN_ID,
    DEPLOYMENT_ID,
)

READ_BYTES = 16 * 1024 * 1024
ABOUT: Final = (
    CONTEXTA_ARTIFACT_ID,
    DEPLOYMENT_ID,
    CONTEXTA_DEPLOYMENT_ARTIFACT_ID,
    CONTEXTA_RELATION_FROM,
    CONTEXTA_RELATION_TO,
)

_Item = TypeVar("_Item")


@dataclass(frozen=True)
class Wanted:
    """How an item of telemetry is recognised as belonging to the export."""

    runs: frozenset[str]
    traces: frozenset[bytes]
    producers: frozenset[str]
    nodes: frozenset[str]

    def by_attributes(self, attributes: Iterable[Any]) -> bool:
        """Whether the attributes (OTLP KeyValues) name something that is exported."""
        for pair in attributes:
            value = pair.value.string_value
            if pair.key == CONTEXTA_RUN_ID and value in self.runs:
                return True
            if pair.key == CONTEXTA_PRODUCER_ID and value in self.producers:
                return True
            if pair.key in ABOUT and (value in self.nodes or value in self.runs):
                return True
        return False


def wanted_of(query: Query, scope: Scope) -> Wanted:
    """What to look for in the journal, from what the store knows about the runs."""
    rows = query.query(statement("surfaces/export/traces"), {"runs": list(scope.runs)})
    traces = (trace for trace in rows.column("trace_id").to_pylist() if trace)
    return Wanted(
        runs=frozenset(scope.runs),
        traces=frozenset(bytes.fromhex(trace) for trace in traces),
        producers=frozenset(name for name in rows.column("producer_id").to_pylist() if name),
        nodes=scope.nodes,
    )


def otlp_requests(
    journal: Path, wanted: Wanted | None, *, until: int | None = None
) -> Iterator[tuple[Signal, bytes]]:
    """Export requests in the order they were received; `wanted` None takes them whole.

    until: journal position to stop at (default: its durable end). What was set aside is not telemetry
    and is left out.
    """
    end = end_position(journal) if until is None else until
    position = 0
    while position < end:
        records = read_records(journal, position, max_bytes=READ_BYTES)
        if not records:
            return
        for record in records:
            if record.position >= end:
                return
            if record.signal is Signal.QUARANTINE:
                continue
            body = record.body if wanted is None else _filtered(record.signal, record.body, wanted)
            if body:
                yield record.signal, body
        position = records[-1].next_position


def _filtered(signal: Signal, body: bytes, wanted: Wanted) -> bytes:
    """The request with only the items that belong; empty where none does."""
    if signal is Signal.TRACES:
        return _filter_traces(body, wanted)
    if signal is Signal.LOGS:
        return _filter_logs(body, wanted)
    return _filter_metrics(body, wanted)


def _filter_traces(body: bytes, wanted: Wanted) -> bytes:
    request = ExportTraceServiceRequest.FromString(body)
    for resource in request.resource_spans:
        for scope in resource.scope_spans:
            _keep(scope.spans, lambda span: _span_belongs(span, wanted))
        _keep(resource.scope_spans, lambda scope: bool(scope.spans))
    _keep(request.resource_spans, lambda resource: bool(resource.scope_spans))
    return request.SerializeToString()


def _span_belongs(span: Span, wanted: Wanted) -> bool:
    return (
        span.trace_id in wanted.traces
        or wanted.by_attributes(span.attributes)
        or any(wanted.by_attributes(event.attributes) for event in span.events)
    )


def _filter_logs(body: bytes, wanted: Wanted) -> bytes:
    request = ExportLogsServiceRequest.FromString(body)
    for resource in request.resource_logs:
        for scope in resource.scope_logs:
            _keep(
                scope.log_records,
                lambda log: log.trace_id in wanted.traces or wanted.by_attributes(log.attributes),
            )
        _keep(resource.scope_logs, lambda scope: bool(scope.log_records))
    _keep(request.resource_logs, lambda resource: bool(resource.scope_logs))
    return request.SerializeToString()


def _filter_metrics(body: bytes, wanted: Wanted) -> bytes:
    request = ExportMetricsServiceRequest.FromString(body)
    for resource in request.resource_metrics:
        for scope in resource.scope_metrics:
            for metric in scope.metrics:
                _keep(_points(metric), lambda point: wanted.by_attributes(point.attributes))
            _keep(scope.metrics, lambda metric: bool(_points(metric)))
        _keep(resource.scope_metrics, lambda scope: bool(scope.metrics))
    _keep(request.resource_metrics, lambda resource: bool(resource.scope_metrics))
    return request.SerializeToString()


def _points(metric: Metric) -> MutableSequence[Any]:
    kind = metric.WhichOneof("data")
    return getattr(metric, kind).data_points if kind else []


def _keep(items: MutableSequence[_Item], belongs: Callable[[_Item], bool]) -> None:
    """Take out of a repeated field what does not belong, in place."""
    kept = [item for item in items if belongs(item)]
    if len(kept) != len(items):
        del items[:]
        items.extend(kept)
