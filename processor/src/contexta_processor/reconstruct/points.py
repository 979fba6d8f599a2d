"""Points of OpenTelemetry metrics as rows of `metrics`.

A number point is one row; a histogram gives `sum`, `count`, `min` and `max`; a summary one row per
quantile (`p50`, `p99.9`). They belong to a run by `contexta.run.id` on the point, or to a
deployment by `deployment.id` of the resource.
"""

from collections.abc import Iterator
from typing import cast

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.metrics.v1.metrics_pb2 import (
    AggregationTemporality,
    ExponentialHistogramDataPoint,
    HistogramDataPoint,
    Metric,
    NumberDataPoint,
    SummaryDataPoint,
)

from contexta_processor.reconstruct.fields import METRIC, Kind
from contexta_processor.reconstruct.resources import ResourceRow, resource_row
from contexta_processor.reconstruct.values import coerce, json_text, python_mapping, sorted_names

Row = dict[str, object]
Point = NumberDataPoint | HistogramDataPoint | ExponentialHistogramDataPoint | SummaryDataPoint

_MAX_TIME = 2**63 - 1


def decode_points(body: bytes) -> tuple[list[Row], list[ResourceRow]]:
    """Rows of `metrics` and the resources they came from.

    Raises: google.protobuf.message.DecodeError if the bytes are not a metrics request.
    """
    rows: list[Row] = []
    resources: list[ResourceRow] = []
    for resource_metrics in ExportMetricsServiceRequest.FromString(body).resource_metrics:
        resource = resource_row(resource_metrics.resource.SerializeToString())
        resources.append(resource)
        for scope_metrics in resource_metrics.scope_metrics:
            for metric in scope_metrics.metrics:
                for point, measures in _points(metric):
                    rows.extend(
                        _point_rows(metric, point, measures, resource, scope_metrics.scope.name)
                    )
    return rows, resources


def _points(metric: Metric) -> Iterator[tuple[Point, dict[str | None, float | None]]]:
    """Each point with its measures: aggregation → value."""
    which = metric.WhichOneof("data")
    if which in ("gauge", "sum"):
        number_points = metric.gauge.data_points if which == "gauge" else metric.sum.data_points
        aggregation = "last" if which == "gauge" else "sum"
        for point in number_points:
            value = point.WhichOneof("value")
            yield point, {aggregation: float(getattr(point, value)) if value else None}
    elif which == "histogram":
        for histogram in metric.histogram.data_points:
            yield histogram, _histogram_measures(histogram)
    elif which == "exponential_histogram":
        for exponential in metric.exponential_histogram.data_points:
            yield exponential, _histogram_measures(exponential)
    elif which == "summary":
        for summary in metric.summary.data_points:
            quantiles = {f"p{q.quantile * 100:g}": q.value for q in summary.quantile_values}
            yield summary, {"sum": summary.sum, "count": float(summary.count), **quantiles}


def _histogram_measures(
    point: HistogramDataPoint | ExponentialHistogramDataPoint,
) -> dict[str | None, float | None]:
    measures: dict[str | None, float | None] = {"count": float(point.count)}
    for name in ("sum", "min", "max"):
        if point.HasField(name):
            measures[name] = getattr(point, name)
    return measures


def _point_rows(
    metric: Metric,
    point: Point,
    measures: dict[str | None, float | None],
    resource: ResourceRow,
    scope_name: str,
) -> Iterator[Row]:
    attributes = python_mapping(point.attributes)
    common: Row = {}
    for column in METRIC:
        value = coerce(attributes[column.key], column.kind) if column.key in attributes else None
        if value is not None:
            del attributes[column.key]
        common[column.column] = value
    slices = common["slices"]
    attributes |= _temporality(metric)
    if point.start_time_unix_nano:
        attributes["otlp.start_time_unix_nano"] = str(point.start_time_unix_nano)
    nanoseconds = point.time_unix_nano
    for aggregation, value in measures.items():
        yield common | {
            "slices": sorted_names(cast("list[str]", slices)) if isinstance(slices, list) else None,
            "name": metric.name or "unnamed",
            "unit": metric.unit or None,
            "value": value,
            "aggregation": aggregation,
            "occurred_at": nanoseconds if 0 < nanoseconds <= _MAX_TIME else None,
            "deployment_id": common["deployment_id"] or resource.deployment_id,
            "attributes": json_text(attributes),
            "dropped_attributes": 0,
            "resource_id": resource.resource_id,
            "scope_name": scope_name or None,
            "addressed": True,
        }


def _temporality(metric: Metric) -> dict[str, object]:
    which = metric.WhichOneof("data")
    if which not in ("sum", "histogram", "exponential_histogram"):
        return {}
    number = getattr(metric, which).aggregation_temporality
    name = AggregationTemporality.Name(number) if number in AggregationTemporality.values() else ""
    label = coerce(name.removeprefix("AGGREGATION_TEMPORALITY_").lower(), Kind.STRING)
    return {"otlp.aggregation_temporality": label} if label else {}
