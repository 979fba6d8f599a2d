"""What differs between the three OTLP signals, once, as values."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from google.protobuf.message import Message
from opentelemetry.proto.collector.logs.v1 import logs_service_pb2 as logs_service
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2 as metrics_service
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2 as trace_service
from opentelemetry.proto.logs.v1 import logs_pb2 as logs
from opentelemetry.proto.metrics.v1 import metrics_pb2 as metrics
from opentelemetry.proto.trace.v1 import trace_pb2 as trace

from contexta_processor.base.quarantine import Reason
from contexta_processor.base.signal import Signal

TRACE_ID_BYTES = 16
SPAN_ID_BYTES = 8
_NO_TRACE = bytes(TRACE_ID_BYTES)
_NO_SPAN = bytes(SPAN_ID_BYTES)
MAX_ITEMS = 1_000_000
"""Items looked at one by one in one request. More are only ever sent to keep us busy."""
ENVELOPE_COST = 10
"""As how many items an envelope around items counts."""
MAX_RESOURCES = MAX_ITEMS // ENVELOPE_COST


@dataclass(frozen=True)
class Level:
    """One level of envelopes around the items of a signal; a level without children is the item itself."""

    message: type[Message]
    children: Mapping[int, "Level"] = field(default_factory=dict[int, "Level"])
    problem: Callable[[Any], Reason | None] | None = None
    """Items only: why this one can't be taken, or None."""


@dataclass(frozen=True)
class Otlp:
    """One signal as OTLP carries it."""

    signal: Signal
    service: str
    """Full gRPC service name; its only method is `Export`."""
    path: str
    """Path of the HTTP door."""
    request: type[Any]
    response: type[Any]
    root: Level
    rejected_field: str
    """Field of `partial_success` that counts what was rejected."""
    items: str
    """What an item is called, plural, in messages to people."""
    all_good: Callable[[Any], int | None]
    """Number of items of a parsed request, or None as soon as one of them has a problem."""


def span_problem(span: trace.Span) -> Reason | None:
    """Why this span can't be told from others."""
    if len(span.trace_id) != TRACE_ID_BYTES or span.trace_id == _NO_TRACE:
        return Reason.INVALID_TRACE_ID
    if len(span.span_id) != SPAN_ID_BYTES or span.span_id == _NO_SPAN:
        return Reason.INVALID_SPAN_ID
    if len(span.parent_span_id) not in (0, SPAN_ID_BYTES):
        return Reason.INVALID_SPAN_ID
    return None


def log_problem(record: logs.LogRecord) -> Reason | None:
    """Ids of the wrong length; none, or all zero, is a record that belongs to no span, and fine."""
    if len(record.trace_id) not in (0, TRACE_ID_BYTES):
        return Reason.INVALID_TRACE_ID
    if len(record.span_id) not in (0, SPAN_ID_BYTES):
        return Reason.INVALID_SPAN_ID
    return None


def histogram_problem(point: metrics.HistogramDataPoint) -> Reason | None:
    """n bounds make n + 1 buckets; no buckets at all are fine."""
    if point.bucket_counts and len(point.bucket_counts) != len(point.explicit_bounds) + 1:
        return Reason.INVALID_HISTOGRAM
    return None


def _no_problem(_point: Any) -> Reason | None:
    return None


def _good_spans(request: trace_service.ExportTraceServiceRequest) -> int | None:
    # The checks of span_problem, unrolled: this runs for every span that arrives.
    count = 0
    if len(request.resource_spans) > MAX_RESOURCES:
        return None
    for resource_spans in request.resource_spans:
        for scope_spans in resource_spans.scope_spans:
            for span in scope_spans.spans:
                trace_id, span_id = span.trace_id, span.span_id
                if (
                    len(trace_id) != TRACE_ID_BYTES
                    or len(span_id) != SPAN_ID_BYTES
                    or len(span.parent_span_id) not in (0, SPAN_ID_BYTES)
                    or trace_id == _NO_TRACE
                    or span_id == _NO_SPAN
                ):
                    return None
            count += len(scope_spans.spans)
    return count


def _good_logs(request: logs_service.ExportLogsServiceRequest) -> int | None:
    count = 0
    if len(request.resource_logs) > MAX_RESOURCES:
        return None
    for resource_logs in request.resource_logs:
        for scope_logs in resource_logs.scope_logs:
            if any(map(log_problem, scope_logs.log_records)):
                return None
            count += len(scope_logs.log_records)
    return count


def _good_points(request: metrics_service.ExportMetricsServiceRequest) -> int | None:
    count = 0
    if len(request.resource_metrics) > MAX_RESOURCES:
        return None
    for resource_metrics in request.resource_metrics:
        for scope_metrics in resource_metrics.scope_metrics:
            for metric in scope_metrics.metrics:
                kind = metric.WhichOneof("data")
                if kind is None:
                    continue
                points = getattr(metric, kind).data_points
                if kind == "histogram" and any(map(histogram_problem, points)):
                    return None
                count += len(points)
    return count


def _in_envelopes(
    request: type[Message], resource: type[Message], scope: type[Message], item: Level
) -> Level:
    return Level(request, {1: Level(resource, {2: Level(scope, {2: item})})})


_METRIC = Level(
    metrics.Metric,
    {
        5: Level(metrics.Gauge, {1: Level(metrics.NumberDataPoint, problem=_no_problem)}),
        7: Level(metrics.Sum, {1: Level(metrics.NumberDataPoint, problem=_no_problem)}),
        9: Level(
            metrics.Histogram, {1: Level(metrics.HistogramDataPoint, problem=histogram_problem)}
        ),
        10: Level(
            metrics.ExponentialHistogram,
            {1: Level(metrics.ExponentialHistogramDataPoint, problem=_no_problem)},
        ),
        11: Level(metrics.Summary, {1: Level(metrics.SummaryDataPoint, problem=_no_problem)}),
    },
)

OTLP: Mapping[Signal, Otlp] = {
    Signal.TRACES: Otlp(
        Signal.TRACES,
        "opentelemetry.proto.collector.trace.v1.TraceService",
        "/v1/traces",
        trace_service.ExportTraceServiceRequest,
        trace_service.ExportTraceServiceResponse,
        _in_envelopes(
            trace_service.ExportTraceServiceRequest,
            trace.ResourceSpans,
            trace.ScopeSpans,
            Level(trace.Span, problem=span_problem),
        ),
        "rejected_spans",
        "spans",
        _good_spans,
    ),
    Signal.LOGS: Otlp(
        Signal.LOGS,
        "opentelemetry.proto.collector.logs.v1.LogsService",
        "/v1/logs",
        logs_service.ExportLogsServiceRequest,
        logs_service.ExportLogsServiceResponse,
        _in_envelopes(
            logs_service.ExportLogsServiceRequest,
            logs.ResourceLogs,
            logs.ScopeLogs,
            Level(logs.LogRecord, problem=log_problem),
        ),
        "rejected_log_records",
        "log records",
        _good_logs,
    ),
    Signal.METRICS: Otlp(
        Signal.METRICS,
        "opentelemetry.proto.collector.metrics.v1.MetricsService",
        "/v1/metrics",
        metrics_service.ExportMetricsServiceRequest,
        metrics_service.ExportMetricsServiceResponse,
        _in_envelopes(
            metrics_service.ExportMetricsServiceRequest,
            metrics.ResourceMetrics,
            metrics.ScopeMetrics,
            _METRIC,
        ),
        "rejected_data_points",
        "data points",
        _good_points,
    ),
}
