"""Points of OpenTelemetry metrics as rows of `metrics`.

A number point is one row; a histogram gives `sum`, `count`, `min` and `max`, its buckets among the
attributes of `count`; a summary one row per quantile (`p50`, `p99.9`). They belong to a run by `contexta.run.id` on the point, or to a
deployment by `deployment.id` of the resource.
"""

import json
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

from contexta_processor.reconstruct.fields import METRIC
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
    attributes = _Attributes()
    for resource_metrics in ExportMetricsServiceRequest.FromString(body).resource_metrics:
        resource = resource_row(resource_metrics.resource.SerializeToString())
        resources.append(resource)
        for scope_metrics in resource_metrics.scope_metrics:
            scope_name = scope_metrics.scope.name or None
            for metric in scope_metrics.metrics:
                named: Row = {
                    "name": metric.name or "unnamed",
                    "unit": metric.unit or None,
                    "resource_id": resource.resource_id,
                    "scope_name": scope_name,
                    "dropped_attributes": 0,
                    "addressed": True,
                }
                temporality = _temporality(metric)
                for point, measures in _points(metric):
                    common = attributes.of(point, temporality) | named
                    common["deployment_id"] = common["deployment_id"] or resource.deployment_id
                    rows.extend(_point_rows(point, measures, common))
    return rows, resources


class _Attributes:
    """Attributes as columns and JSON; the points of one series have the same ones, and are many."""

    def __init__(self) -> None:
        self._columns: dict[tuple[bytes, ...], tuple[Row, dict[str, object]]] = {}
        self._rows: dict[tuple[tuple[bytes, ...], str | None, int], Row] = {}

    def of(self, point: Point, temporality: str | None) -> Row:
        """The columns that a point's attributes fill, what is left of them in `attributes`."""
        series = tuple(pair.SerializeToString() for pair in point.attributes)
        key = series, temporality, point.start_time_unix_nano
        known = self._rows.get(key)
        if known is None:
            columns, rest = self._columns.get(series) or self._columns.setdefault(
                series, _split(python_mapping(point.attributes))
            )
            rest = dict(rest)
            if temporality is not None:
                rest["otlp.aggregation_temporality"] = temporality
            if point.start_time_unix_nano:
                rest["otlp.start_time_unix_nano"] = str(point.start_time_unix_nano)
            known = self._rows[key] = columns | {"attributes": json_text(rest)}
        return known


def _split(attributes: dict[str, object]) -> tuple[Row, dict[str, object]]:
    """Known keys as columns, and what no column takes."""
    columns: Row = {}
    for column in METRIC:
        value = coerce(attributes[column.key], column.kind) if column.key in attributes else None
        if value is not None:
            del attributes[column.key]
        columns[column.column] = value
    slices = columns["slices"]
    columns["slices"] = (
        sorted_names(cast("list[str]", slices)) if isinstance(slices, list) else None
    )
    return columns, attributes


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
    point: Point, measures: dict[str | None, float | None], common: Row
) -> Iterator[Row]:
    nanoseconds = point.time_unix_nano
    occurred_at = nanoseconds if 0 < nanoseconds <= _MAX_TIME else None
    for aggregation, value in measures.items():
        row = common | {"value": value, "aggregation": aggregation, "occurred_at": occurred_at}
        if aggregation == "count":
            row["attributes"] = _with_buckets(point, cast("str", common["attributes"]))
        yield row


def _with_buckets(point: Point, attributes: str) -> str:
    """The attributes of a histogram's count, and its buckets: what other figures could be computed of."""
    if isinstance(point, HistogramDataPoint):
        buckets: dict[str, object] = {
            "otlp.bucket_counts": list(point.bucket_counts),
            "otlp.explicit_bounds": list(point.explicit_bounds),
        }
    elif isinstance(point, ExponentialHistogramDataPoint):
        buckets = {
            "otlp.scale": point.scale,
            "otlp.zero_count": point.zero_count,
            "otlp.zero_threshold": point.zero_threshold,
            "otlp.positive_offset": point.positive.offset,
            "otlp.positive_counts": list(point.positive.bucket_counts),
            "otlp.negative_offset": point.negative.offset,
            "otlp.negative_counts": list(point.negative.bucket_counts),
        }
    else:
        return attributes
    return json_text(json.loads(attributes) | buckets)


def _temporality(metric: Metric) -> str | None:
    which = metric.WhichOneof("data")
    if which not in ("sum", "histogram", "exponential_histogram"):
        return None
    number = getattr(metric, which).aggregation_temporality
    name = AggregationTemporality.Name(number) if number in AggregationTemporality.values() else ""
    return name.removeprefix("AGGREGATION_TEMPORALITY_").lower() or None
