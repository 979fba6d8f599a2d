"""The fast decoder: OTLP requests to nested Arrow in Rust, then columns; never a row at a time.

Says exactly what `decode_plain` says, or raises `Unusual` and leaves the record to it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from contexta_processor.base.signal import Signal
from contexta_processor.reconstruct.attribute_columns import (
    AttributeColumns,
    Extra,
    Indices,
    Unusual,
    Values,
)
from contexta_processor.reconstruct.columns import SCHEMAS, SPANS, TIME, Decoded
from contexta_processor.reconstruct.decode_plain import (
    MAX_TIME,
    SETTLED_KINDS,
    SPAN_KINDS,
    STATUSES,
    severity_name,
)
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
from contexta_processor.reconstruct.resources import ResourceRow, resource_row, scope_name_version
from contexta_processor.reconstruct.shadow_schema import decode_requests
from contexta_processor.reconstruct.values import coerce, json_text, python_mapping

_HEX = np.frombuffer(bytes.fromhex("".join(f"{ord(c):02x}" for c in "0123456789abcdef")), np.uint8)
_ALL = (Family.EVENT, Family.RECORD, Family.METRIC, Family.SERIES, Family.SAMPLE)


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


@dataclass
class Emitters:
    """Resource and scope of every item (span or log record), as columns aligned with `items`."""

    items: pa.StructArray
    resources: list[ResourceRow]
    columns: dict[str, pa.Array]

    @classmethod
    def of(cls, batch: pa.RecordBatch) -> "Emitters":
        """Unfold requests → resources → scopes → items."""
        resources = batch.column(0).flatten()
        scope_lists = resources.field("scopes")
        scopes = scope_lists.flatten()
        resource_of_scope: list[int] = pc.list_parent_indices(scope_lists).to_pylist()
        item_lists = scopes.field("items")
        scope_of_item = pa.array(np.asarray(pc.list_parent_indices(item_lists)).astype(np.int64))

        rows: list[ResourceRow] = [
            resource_row(item) for item in resources.field("resource").to_pylist()
        ]
        named = [scope_name_version(item) for item in scopes.field("scope").to_pylist()]
        resource_urls = resources.field("schema_url").to_pylist()
        scope_urls = scopes.field("schema_url").to_pylist()
        per_scope = {
            "resource_id": pa.array([rows[i].resource_id for i in resource_of_scope], pa.uint64()),
            "resource_deployment": pa.array(
                [rows[i].deployment_id for i in resource_of_scope], pa.string()
            ),
            "scope_name": pa.array([name for name, _ in named], pa.string()),
            "scope_version": pa.array([version for _, version in named], pa.string()),
            "schema_url": pa.array(
                [
                    url or resource_urls[i] or None
                    for url, i in zip(scope_urls, resource_of_scope, strict=True)
                ],
                pa.string(),
            ),
        }
        columns = {name: column.take(scope_of_item) for name, column in per_scope.items()}
        seen = [rows[i] for i in resource_of_scope]
        return cls(item_lists.flatten(), seen, columns)

    def resource_table(self) -> pa.Table:
        """Rows of `resources`."""
        return pa.Table.from_pylist(
            [row.as_row() for row in self.resources], schema=SCHEMAS["resources"]
        )

    def at(self, items: pa.Array) -> dict[str, pa.Array]:
        """The columns for other rows, each standing on the item at its index."""
        return {name: column.take(items) for name, column in self.columns.items()}


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
        "trace_id": _hex(spans.field("trace_id"), 16),
        "span_id": _hex(spans.field("span_id"), 8),
        "parent_span_id": _hex(spans.field("parent_span_id"), 8),
        "name": spans.field("name"),
        "kind": _named(spans.field("kind"), SPAN_KINDS),
        "started_at": _times(spans.field("start_time_unix_nano")),
        "ended_at": _times(spans.field("end_time_unix_nano")),
        "status": _named(pc.fill_null(status[1], 0), STATUSES),
        "status_message": _told(status[0]),
        "trace_state": _told(spans.field("trace_state")),
        "attributes": attributes.rest(),
        "links": _links(links),
        "dropped_attributes": spans.field("dropped_attributes_count"),
        "dropped_events": spans.field("dropped_events_count"),
        "dropped_links": spans.field("dropped_links_count"),
        "resource_id": emitters.columns["resource_id"],
        "scope_name": emitters.columns["scope_name"],
        "scope_version": emitters.columns["scope_version"],
        "schema_url": emitters.columns["schema_url"],
        "addressed": pc.and_(
            run_id.is_valid(), pc.or_(stage.is_valid(), pc.fill_null(settled, False))
        ),
    }
    table = _table(SPANS, columns)
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
        "occurred_at": _times(events.field("time_unix_nano")),
        "dropped_attributes": events.field("dropped_attributes_count"),
        "severity": pa.nulls(len(events), pa.string()),
    }
    span = {field.column: span_columns[field.column].take(span_of) for field in ADDRESS}
    span["addressed"] = span_columns["addressed"].take(span_of)
    return _decode_events(events.field("name"), attributes, given, span=span, extras=[])


def _decode_logs(records: pa.StructArray, emitters: Emitters) -> dict[str, pa.Table]:
    attributes = AttributeColumns(records.field("attributes"))
    names = _told(records.field("event_name"))
    if names.null_count:
        older = attributes.column(Field("name", "event.name", Kind.STRING))
        names = pc.coalesce(names, older, pa.scalar("log"))
        if older.null_count < len(older):
            raise Unusual("event.name as an attribute")
    time = records.field("time_unix_nano")
    observed = records.field("observed_time_unix_nano")
    trace_id, span_id = _hex(records.field("trace_id"), 16), _hex(records.field("span_id"), 8)
    given = emitters.columns | {
        "trace_id": trace_id,
        "span_id": span_id,
        "occurred_at": _times(
            pc.if_else(pc.equal(time, pa.scalar(0, pa.uint64())), observed, time)
        ),
        "dropped_attributes": records.field("dropped_attributes_count"),
        "severity": _severities(records),
        "pointer": pc.and_(trace_id.is_valid(), span_id.is_valid()),
    }
    return _decode_events(names, attributes, given, span=None, extras=_bodies(records))


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


def _decode_events(
    names: pa.Array,
    attributes: AttributeColumns,
    given: dict[str, pa.Array],
    *,
    span: dict[str, pa.Array] | None,
    extras: list[Extra],
) -> dict[str, pa.Table]:
    """Events (or log records) by family; `given` has what does not come from attributes."""
    encoded = names.dictionary_encode()
    family_of_code = [_ALL.index(family_of(name)) for name in encoded.dictionary.to_pylist()]
    family = np.array(family_of_code or [0], dtype=np.int64)[np.asarray(encoded.indices)]
    common = {field.column: attributes.column(field) for field in FIELDS_OF[Family.RECORD]}
    common["deployment_id"] = pc.coalesce(common["deployment_id"], given["resource_deployment"])
    if span is None:
        common["addressed"] = pc.and_(common["run_id"].is_valid(), pc.invert(given["pointer"]))
    else:
        _inherit(common, span)
    common |= given | {"name": names}

    tables: dict[str, list[pa.Table]] = {"events": [], "records": [], "metrics": [], "samples": []}
    for number, which in enumerate(_ALL):
        rows = np.flatnonzero(family == number)
        if not len(rows):
            continue
        at = pa.array(rows)
        columns = {name: column.take(at) for name, column in common.items()}
        for field in FIELDS_OF[which]:
            if field.column not in common or field.column in ("name", "severity"):
                columns[field.column] = _own(attributes, field, rows, columns)
        name, table = _family_table(which, columns, attributes, rows, extras)
        tables[name].append(table)
    return {
        name: pa.concat_tables(parts) if parts else SCHEMAS[name].empty_table()
        for name, parts in tables.items()
    }


def _own(
    attributes: AttributeColumns, field: Field, rows: Indices, columns: dict[str, pa.Array]
) -> pa.Array:
    """A family's own column; severity told natively (log records) wins over the attribute."""
    column = attributes.column(field, rows)
    return pc.coalesce(column, columns["severity"]) if field.column == "severity" else column


def _family_table(
    family: Family,
    columns: dict[str, pa.Array],
    attributes: AttributeColumns,
    rows: Indices,
    extras: list[Extra],
) -> tuple[str, pa.Table]:
    if family in (Family.EVENT, Family.RECORD):
        columns["attributes"] = attributes.rest(rows, extras)
        return family.value, _table(SCHEMAS[family.value], columns)
    if family is Family.SAMPLE:
        names, values = attributes.prefixed_doubles(SCORE_PREFIX, rows)
        columns |= {"score_names": names, "score_values": values}
        columns["attributes"] = attributes.rest(rows, extras)
        return "samples", _table(SCHEMAS["samples"], columns)
    columns["name"] = pc.fill_null(columns["name"], "unnamed")
    if family is Family.METRIC:
        columns["series_index"] = pa.nulls(len(rows), pa.int32())
        columns["attributes"] = attributes.rest(rows, extras)
        return "metrics", _table(SCHEMAS["metrics"], columns)
    return "metrics", _series_table(columns, attributes, rows, extras)


def _series_table(
    columns: dict[str, pa.Array],
    attributes: AttributeColumns,
    rows: Indices,
    extras: list[Extra],
) -> pa.Table:
    """One row for each value of each packed series."""
    values = attributes.pop(SERIES_VALUES, rows)
    steps = attributes.pop(SERIES_STEPS, rows)
    columns["attributes"] = attributes.rest(rows, extras)
    place: list[int] = []
    index: list[int] = []
    value: list[object] = []
    step: list[object] = []
    for row, (told, told_steps) in enumerate(zip(values, steps, strict=True)):
        items = cast("list[object]", told) if isinstance(told, list) else []
        at = cast("list[object]", told_steps) if isinstance(told_steps, list) else []
        for number, item in enumerate(items):
            own = coerce(at[number], Kind.DOUBLE) if number < len(at) else None
            place.append(row)
            index.append(number)
            value.append(coerce(item, Kind.DOUBLE))
            step.append(int(own) if isinstance(own, float) else number)
    taken = {name: column.take(pa.array(place, pa.int64())) for name, column in columns.items()}
    taken |= {
        "series_index": pa.array(index, pa.int32()),
        "value": pa.array(value, pa.float64()),
        "step": pa.array(step, pa.int64()),
    }
    return _table(SCHEMAS["metrics"], taken)


def _inherit(columns: dict[str, pa.Array], span: dict[str, pa.Array]) -> None:
    """Fill addresses from the spans the events are on (the rule of `decode_plain.inherit`)."""
    length = len(columns["run_id"])
    agreed: npt.NDArray[np.bool_] = np.ones(length, dtype=bool)
    for field in ADDRESS:
        mine, other = columns[field.column], span[field.column]
        missing = np.asarray(mine.is_null())
        if (missing & agreed).any():
            columns[field.column] = _where(missing & agreed, other, mine)
        if field.column in ("run_id", "stage"):
            same = np.asarray(pc.fill_null(pc.equal(mine, other), False))
            agreed &= missing | same
    known = np.asarray(columns["run_id"].is_valid())
    columns["addressed"] = pa.array(known & (~agreed | np.asarray(span["addressed"])))


def _where(mask: npt.NDArray[np.bool_], yes: pa.Array, no: pa.Array) -> pa.Array:
    """`yes` where the mask holds, else `no`; for lists as well."""
    rows = np.arange(len(mask))
    both = pa.concat_arrays([yes, no])
    return both.take(pa.array(np.where(mask, rows, rows + len(mask))))


def _table(schema: pa.Schema, columns: dict[str, pa.Array]) -> pa.Table:
    return pa.Table.from_arrays(
        [columns[field.name].cast(field.type) for field in schema], schema=schema
    )


def _hex(identifiers: pa.BinaryArray, width: int) -> pa.Array:
    """Ids as lower-case hex; empty ones as null.

    Raises: Unusual for an id of another length.
    """
    lengths = np.asarray(pc.binary_length(identifiers))
    empty = lengths == 0
    if not ((lengths == width) | empty).all():
        raise Unusual("an id of unusual length")
    count = int((~empty).sum())
    raw = pc.binary_join(pa.ListArray.from_arrays([0, len(identifiers)], identifiers), b"")
    octets = np.frombuffer(raw[0].as_py(), dtype=np.uint8) if count else np.zeros(0, np.uint8)
    digits = np.empty((len(octets), 2), dtype=np.uint8)
    digits[:, 0], digits[:, 1] = _HEX[octets >> 4], _HEX[octets & 15]
    offsets = np.arange(count + 1, dtype=np.int32) * (2 * width)
    texts = pa.StringArray.from_buffers(
        count, pa.py_buffer(offsets.tobytes()), pa.py_buffer(digits.tobytes())
    )
    if count == len(identifiers):
        return texts
    return texts.take(pa.array(np.cumsum(~empty) - 1, mask=empty))


def _named(numbers: pa.Array, names: tuple[str, ...]) -> pa.Array:
    values = np.asarray(numbers)
    if len(values) and (values.min() < 0 or values.max() >= len(names)):
        raise Unusual("an enum value without a name")
    return pa.array(names).take(numbers)


def _told(texts: pa.Array) -> pa.Array:
    """Empty text is text that was not sent."""
    return pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)


def _times(nanoseconds: pa.Array) -> pa.Array:
    values = np.asarray(nanoseconds)
    if len(values) and values.max() > MAX_TIME:
        raise Unusual("a time beyond signed 64 bits")
    return pa.array(values.astype(np.int64), mask=values == 0).cast(TIME)


def _links(lists: pa.ListArray) -> pa.Array:
    if not len(lists.flatten()):
        return pa.nulls(len(lists), pa.string())
    from opentelemetry.proto.trace.v1.trace_pb2 import Span

    texts: list[str | None] = []
    for items in lists.to_pylist():
        links = [Span.Link.FromString(item) for item in items]
        texts.append(
            json_text(
                [
                    {
                        "trace_id": link.trace_id.hex(),
                        "span_id": link.span_id.hex(),
                        "attributes": python_mapping(link.attributes),
                    }
                    for link in links
                ]
            )
            if links
            else None
        )
    return pa.array(texts, type=pa.string())
