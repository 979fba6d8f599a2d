"""The readable decoder: one record, one walk, rows as dicts. What it says is right by definition."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import cast

import pyarrow as pa
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import InstrumentationScope, KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from contexta_processor.base.signal import Signal
from contexta_processor.reconstruct import points
from contexta_processor.reconstruct.columns import SCHEMAS, Decoded
from contexta_processor.reconstruct.fields import (
    ADDRESS,
    FIELDS_OF,
    SCORE_PREFIX,
    SERIES_STEPS,
    SERIES_VALUES,
    SPAN,
    Family,
    Field,
    Kind,
    family_of,
)
from contexta_processor.reconstruct.resources import ResourceRow, resource_row
from contexta_processor.reconstruct.values import (
    coerce,
    json_text,
    python_mapping,
    python_value,
    sorted_names,
)

Row = dict[str, object]

MAX_TIME = 2**63 - 1
SPAN_KINDS = ("unspecified", "internal", "server", "client", "producer", "consumer")
STATUSES = ("unset", "ok", "error")
SETTLED_KINDS = frozenset({"run", "stage", "segment", "deployment"})
"""Spans of these kinds say all of their address themselves; others may stand inside a stage."""


@dataclass
class Rows:
    """Rows by table name."""

    tables: dict[str, list[Row]] = field(default_factory=lambda: {name: [] for name in SCHEMAS})

    def to_arrow(self) -> Decoded:
        """The rows as Arrow tables."""
        return Decoded(
            {
                name: pa.Table.from_pylist(rows, schema=SCHEMAS[name])
                for name, rows in self.tables.items()
            }
        )


@dataclass(frozen=True)
class Emitter:
    """Who emitted: resource and instrumentation scope of what is being walked."""

    resource: ResourceRow
    scope_name: str | None
    scope_version: str | None
    schema_url: str | None


def decode_record(signal: Signal, body: bytes) -> Decoded:
    """Decode one journal record.

    Raises: google.protobuf.message.DecodeError if the bytes are not of that signal.
    """
    rows = Rows()
    if signal is Signal.TRACES:
        request = ExportTraceServiceRequest.FromString(body)
        for resource_spans in request.resource_spans:
            for scope_spans in resource_spans.scope_spans:
                emitter = _emitter(
                    rows,
                    resource_spans.resource.SerializeToString(),
                    scope_spans.scope,
                    scope_spans.schema_url or resource_spans.schema_url,
                )
                for span in scope_spans.spans:
                    _walk_span(rows, emitter, span)
    elif signal is Signal.LOGS:
        logs = ExportLogsServiceRequest.FromString(body)
        for resource_logs in logs.resource_logs:
            for scope_logs in resource_logs.scope_logs:
                emitter = _emitter(
                    rows,
                    resource_logs.resource.SerializeToString(),
                    scope_logs.scope,
                    scope_logs.schema_url or resource_logs.schema_url,
                )
                for record in scope_logs.log_records:
                    _walk_log_record(rows, emitter, record)
    elif signal is Signal.METRICS:
        rows.tables["metrics"], resources = points.decode_points(body)
        rows.tables["resources"] = [resource.as_row() for resource in resources]
    return rows.to_arrow()


def _emitter(rows: Rows, resource: bytes, scope: InstrumentationScope, schema_url: str) -> Emitter:
    row = resource_row(resource)
    rows.tables["resources"].append(row.as_row())
    return Emitter(row, scope.name or None, scope.version or None, schema_url or None)


def _walk_span(rows: Rows, emitter: Emitter, span: Span) -> None:
    attributes = python_mapping(span.attributes)
    row = take(attributes, SPAN)
    kind = row["evidence_kind"]
    keep_raw_time(attributes, "start_time_unix_nano", span.start_time_unix_nano)
    keep_raw_time(attributes, "end_time_unix_nano", span.end_time_unix_nano)
    row |= {
        "deployment_id": row["deployment_id"] or emitter.resource.deployment_id,
        "trace_id": span.trace_id.hex(),
        "span_id": span.span_id.hex(),
        "parent_span_id": span.parent_span_id.hex() or None,
        "name": span.name,
        "kind": SPAN_KINDS[span.kind] if span.kind < len(SPAN_KINDS) else str(span.kind),
        "started_at": known_time(span.start_time_unix_nano),
        "ended_at": known_time(span.end_time_unix_nano),
        "status": STATUSES[span.status.code]
        if span.status.code < len(STATUSES)
        else str(span.status.code),
        "status_message": span.status.message or None,
        "trace_state": span.trace_state or None,
        "attributes": json_text(attributes),
        "links": _links(span),
        "dropped_attributes": span.dropped_attributes_count,
        "dropped_events": span.dropped_events_count,
        "dropped_links": span.dropped_links_count,
        "resource_id": emitter.resource.resource_id,
        "scope_name": emitter.scope_name,
        "scope_version": emitter.scope_version,
        "schema_url": emitter.schema_url,
        "addressed": row["run_id"] is not None
        and (row["stage"] is not None or kind in SETTLED_KINDS or not span.parent_span_id),
    }
    rows.tables["spans"].append(row)
    for event in span.events:
        _add_event(
            rows,
            emitter,
            name=event.name,
            items=event.attributes,
            time=event.time_unix_nano,
            common={
                "trace_id": row["trace_id"],
                "span_id": row["span_id"],
                "dropped_attributes": event.dropped_attributes_count,
                "severity": None,
            },
            span=row,
        )


def _links(span: Span) -> str | None:
    if not span.links:
        return None
    return json_text(
        [
            {
                "trace_id": link.trace_id.hex(),
                "span_id": link.span_id.hex(),
                "attributes": python_mapping(link.attributes),
            }
            for link in span.links
        ]
    )


def _walk_log_record(rows: Rows, emitter: Emitter, record: LogRecord) -> None:
    items = python_mapping(record.attributes)
    name = record.event_name or coerce(items.get("event.name"), Kind.STRING) or "log"
    extra: Row = {}
    if record.HasField("body") and record.body.WhichOneof("value") is not None:
        extra["body"] = python_value(record.body)
    _add_event(
        rows,
        emitter,
        name=str(name),
        items=record.attributes,
        time=record.time_unix_nano or record.observed_time_unix_nano,
        common={
            "trace_id": record.trace_id.hex() or None,
            "span_id": record.span_id.hex() or None,
            "dropped_attributes": record.dropped_attributes_count,
            "severity": severity_name(record.severity_number, record.severity_text),
        },
        span=None,
        extra=extra,
    )


def severity_name(number: int, text: str) -> str | None:
    """`trace` … `fatal` of an OTLP severity number, else the text in lower case, else None."""
    if 1 <= number <= 24:
        return ("trace", "debug", "info", "warn", "error", "fatal")[(number - 1) // 4]
    return text.lower() or None


def _add_event(
    rows: Rows,
    emitter: Emitter,
    *,
    name: str,
    items: Iterable[KeyValue],
    time: int,
    common: Row,
    span: Row | None,
    extra: Row | None = None,
) -> None:
    family = family_of(name)
    attributes = python_mapping(items) | (extra or {})
    row = take(attributes, FIELDS_OF[family])
    pointer = common["trace_id"] is not None and common["span_id"] is not None
    if span and inherits_now(row, span):
        addressed = inherit(row, span)
    else:
        addressed = row["run_id"] is not None and not pointer
    told_severity = row.pop("severity", None)
    keep_raw_time(attributes, "time_unix_nano", time)
    row |= common | {
        "occurred_at": known_time(time),
        "deployment_id": row["deployment_id"] or emitter.resource.deployment_id,
        "resource_id": emitter.resource.resource_id,
        "scope_name": emitter.scope_name,
        "addressed": addressed,
    }
    if family in (Family.EVENT, Family.RECORD):
        row |= {"name": name, "severity": row["severity"] or told_severity}
        row["attributes"] = json_text(attributes)
        rows.tables[family.value].append(row)
    elif family is Family.SAMPLE:
        scores = _take_scores(attributes)
        row["score_names"] = [score for score, _ in scores]
        row["score_values"] = [value for _, value in scores]
        row["attributes"] = json_text(attributes)
        rows.tables["samples"].append(row)
    else:
        rows.tables["metrics"].extend(_metric_rows(family, row, attributes))


def _metric_rows(family: Family, row: Row, attributes: Row) -> Iterator[Row]:
    row["name"] = row["name"] or "unnamed"
    if family is Family.METRIC:
        yield row | {"series_index": None, "attributes": json_text(attributes)}
        return
    values = _doubles(attributes.pop(SERIES_VALUES, None))
    steps = _doubles(attributes.pop(SERIES_STEPS, None))
    text = json_text(attributes)
    for index, value in enumerate(values):
        step = steps[index] if index < len(steps) else None
        place: Row = {"series_index": index, "value": value}
        yield row | place | {"step": index if step is None else int(step), "attributes": text}


def _doubles(value: object) -> list[float | None]:
    items = cast("list[object]", value) if isinstance(value, list) else []
    numbers = [coerce(item, Kind.DOUBLE) for item in items]
    return [number if isinstance(number, float) else None for number in numbers]


def _take_scores(attributes: Row) -> list[tuple[str, float]]:
    """Remove every numeric score from the attributes; (name, value) sorted by name."""
    scores: list[tuple[str, float]] = []
    for key in sorted(key for key in attributes if key.startswith(SCORE_PREFIX)):
        number = coerce(attributes[key], Kind.DOUBLE)
        if isinstance(number, float):
            scores.append((key.removeprefix(SCORE_PREFIX), number))
            del attributes[key]
    return scores


def take(attributes: Row, fields: Iterable[Field]) -> Row:
    """Move the attributes that are columns into a row; what does not fit its column stays behind."""
    row: Row = {}
    for column in fields:
        value = coerce(attributes[column.key], column.kind) if column.key in attributes else None
        if value is not None:
            del attributes[column.key]
        row[column.column] = sorted_names(value) if column.column == "slices" else value  # pyright: ignore[reportArgumentType] — STRINGS gives list[str]
    return row


def inherits_now(row: Row, span: Row) -> bool:
    """Whether an event takes its span's address while it is decoded.

    One that only its content identifies stays as it was told, so that the same event in a log record
    is the same; the store gives both the address of their span. That takes a span with a whole one.
    """
    numbered = row["producer_id"] is not None and row["seq"] is not None
    return numbered or row["event_id"] is not None or not span["addressed"]


def inherit(row: Row, span: Row) -> bool:
    """Fill what an event's address leaves out from the span it is on, if they agree so far.

    Returns: whether the address is final (nothing more can be inherited).
    """
    for column in ADDRESS:
        mine, other = row[column.column], span[column.column]
        if mine is None:
            row[column.column] = other
        elif mine != other and column.column in ("run_id", "stage"):
            return row["run_id"] is not None
    return row["run_id"] is not None and bool(span["addressed"])


def known_time(nanoseconds: int) -> int | None:
    """A time as signed nanoseconds; None for 0 (not sent) and for what signed 64 bits cannot hold."""
    return nanoseconds if 0 < nanoseconds <= MAX_TIME else None


def keep_raw_time(attributes: Row, name: str, nanoseconds: int) -> None:
    """A time that no column can hold stays readable as `otlp.<name>`."""
    if nanoseconds > MAX_TIME:
        attributes[f"otlp.{name}"] = str(nanoseconds)
