"""The fast decoder: OTLP requests to nested Arrow in Rust, then columns; never a row at a time.

Says exactly what `decode_plain` says, or raises `Unusual` and leaves the record to it.
"""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from contexta_processor.base.signal import Signal
from contexta_processor.reconstruct.attribute_columns import (
    AttributeColumns,
    Extra,
    Unusual,
    Values,
)
from contexta_processor.reconstruct.columns import SPANS, Decoded
from contexta_processor.reconstruct.decode_plain import (
    SETTLED_KINDS,
    SPAN_KINDS,
    STATUSES,
    severity_name,
)
from contexta_processor.reconstruct.fields import ADDRESS, SPAN, Field, Kind
from contexta_processor.reconstruct.native_columns import (
    as_table,
    enum_names,
    hex_ids,
    link_texts,
    times,
    told_texts,
)
from contexta_processor.reconstruct.native_emitters import Emitters
from contexta_processor.reconstruct.native_events import decode_events
from contexta_processor.reconstruct.shadow_schema import decode_requests


def decode_requests_of(signal: Signal, bodies: Sequence[bytes]) -> Decoded:
    """Decode requests of one signal (traces or logs).

    Raises: Unusual where the plain decoder must decide; the native decoder's error on bad bytes.
    """
    batch = decode_requests(signal, list(bodies))
    emitters = Emitters.of(batch)
    items = emitters.items
    if signal is Signal.TRACES:
        tables = _decode_spans(items, emitters)
    else:
        tables = _decode_logs(items, emitters)
    return Decoded({**Decoded.empty().tables, **tables, "resources": emitters.resource_table()})


def _decode_spans(spans: pa.StructArray, emitters: Emitters) -> dict[str, pa.Table]:
    attributes = AttributeColumns(spans.field("attributes"))
    columns = {field.column: attributes.column(field) for field in SPAN}
    kind, run_id, stage = columns["evidence_kind"], columns["run_id"], columns["stage"]
    settled = pc.is_in(kind, value_set=pa.array(sorted(SETTLED_KINDS)))
    status = spans.field("status").flatten()
    links = spans.field("links")
    columns |= {
        "deployment_id": pc.coalesce(
            columns["deployment_id"], emitters.columns["resource_deployment"]
        ),
        "trace_id": hex_ids(spans.field("trace_id"), 16),
        "span_id": hex_ids(spans.field("span_id"), 8),
        "parent_span_id": hex_ids(spans.field("parent_span_id"), 8),
        "name": spans.field("name"),
        "kind": enum_names(spans.field("kind"), SPAN_KINDS),
        "started_at": times(spans.field("start_time_unix_nano")),
        "ended_at": times(spans.field("end_time_unix_nano")),
        "status": enum_names(pc.fill_null(status[1], 0), STATUSES),
        "status_message": told_texts(status[0]),
        "trace_state": told_texts(spans.field("trace_state")),
        "attributes": attributes.rest(),
        "links": link_texts(links),
        "dropped_attributes": spans.field("dropped_attributes_count"),
        "dropped_events": spans.field("dropped_events_count"),
        "dropped_links": spans.field("dropped_links_count"),
        "resource_id": emitters.columns["resource_id"],
        "scope_name": emitters.columns["scope_name"],
        "scope_version": emitters.columns["scope_version"],
        "schema_url": emitters.columns["schema_url"],
    }
    # A span without a parent has nobody to take the rest of its address from.
    complete = pc.or_(stage.is_valid(), columns["parent_span_id"].is_null())
    columns["addressed"] = pc.and_(
        run_id.is_valid(), pc.or_(complete, pc.fill_null(settled, False))
    )
    table = as_table(SPANS, columns)
    return {"spans": table, **_decode_span_events(spans, columns, emitters)}


def _decode_span_events(
    spans: pa.StructArray, span_columns: dict[str, pa.Array], emitters: Emitters
) -> dict[str, pa.Table]:
    lists = spans.field("events")
    events = lists.flatten()
    span_of = pa.array(np.asarray(pc.list_parent_indices(lists)).astype(np.int64))
    attributes = AttributeColumns(events.field("attributes"))
    given = emitters.at(span_of) | {
        "trace_id": span_columns["trace_id"].take(span_of),
        "span_id": span_columns["span_id"].take(span_of),
        "occurred_at": times(events.field("time_unix_nano")),
        "dropped_attributes": events.field("dropped_attributes_count"),
        "severity": pa.nulls(len(events), pa.string()),
    }
    span = {field.column: span_columns[field.column].take(span_of) for field in ADDRESS}
    span["addressed"] = span_columns["addressed"].take(span_of)
    return decode_events(events.field("name"), attributes, given, span=span, extras=[])


def _decode_logs(records: pa.StructArray, emitters: Emitters) -> dict[str, pa.Table]:
    attributes = AttributeColumns(records.field("attributes"))
    names = told_texts(records.field("event_name"))
    if names.null_count:
        older = attributes.column(Field("name", "event.name", Kind.STRING))
        names = pc.coalesce(names, older, pa.scalar("log"))
        if older.null_count < len(older):
            raise Unusual("event.name as an attribute")
    time = records.field("time_unix_nano")
    observed = records.field("observed_time_unix_nano")
    trace_id, span_id = hex_ids(records.field("trace_id"), 16), hex_ids(records.field("span_id"), 8)
    given = emitters.columns | {
        "trace_id": trace_id,
        "span_id": span_id,
        "occurred_at": times(pc.if_else(pc.equal(time, pa.scalar(0, pa.uint64())), observed, time)),
        "dropped_attributes": records.field("dropped_attributes_count"),
        "severity": _severities(records),
        "pointer": pc.and_(trace_id.is_valid(), span_id.is_valid()),
    }
    return decode_events(names, attributes, given, span=None, extras=_bodies(records))


def _severities(records: pa.StructArray) -> pa.Array:
    pairs = zip(
        records.field("severity_number").to_pylist(),
        records.field("severity_text").to_pylist(),
        strict=True,
    )
    known: dict[tuple[int, str], str | None] = {}
    return pa.array(
        [
            known[pair] if pair in known else known.setdefault(pair, severity_name(*pair))
            for pair in pairs
        ],
        type=pa.string(),
    )


def _bodies(records: pa.StructArray) -> list[Extra]:
    body = Values(records.field("body"))
    told = np.flatnonzero(np.asarray(records.field("body").is_valid()))
    kept = np.array([row for row in told if body.python(int(row)) is not None], dtype=np.int64)
    return [Extra("body", kept, body.json(kept))] if len(kept) else []
