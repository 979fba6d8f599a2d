"""Events of spans and log records, natively: by family, each with its own columns and the address of its span."""

from typing import cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from contexta_processor.reconstruct.attribute_columns import AttributeColumns, Extra, Indices
from contexta_processor.reconstruct.columns import SCHEMAS
from contexta_processor.reconstruct.fields import (
    ADDRESS,
    FIELDS_OF,
    SCORE_PREFIX,
    SERIES_STEPS,
    SERIES_VALUES,
    Family,
    Field,
    Kind,
    family_of,
)
from contexta_processor.reconstruct.native_columns import as_table, where
from contexta_processor.reconstruct.values import coerce

_ALL = (Family.EVENT, Family.RECORD, Family.METRIC, Family.SERIES, Family.SAMPLE)


def decode_events(
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
    return pc.coalesce(columns["severity"], column) if field.column == "severity" else column


def _family_table(
    family: Family,
    columns: dict[str, pa.Array],
    attributes: AttributeColumns,
    rows: Indices,
    extras: list[Extra],
) -> tuple[str, pa.Table]:
    if family in (Family.EVENT, Family.RECORD):
        columns["attributes"] = attributes.rest(rows, extras)
        return family.value, as_table(SCHEMAS[family.value], columns)
    if family is Family.SAMPLE:
        names, values = attributes.prefixed_doubles(SCORE_PREFIX, rows)
        columns |= {"score_names": names, "score_values": values}
        columns["attributes"] = attributes.rest(rows, extras)
        return "samples", as_table(SCHEMAS["samples"], columns)
    columns["name"] = pc.fill_null(columns["name"], "unnamed")
    if family is Family.METRIC:
        columns["series_index"] = pa.nulls(len(rows), pa.int32())
        columns["attributes"] = attributes.rest(rows, extras)
        return "metrics", as_table(SCHEMAS["metrics"], columns)
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
    return as_table(SCHEMAS["metrics"], taken)


def _inherit(columns: dict[str, pa.Array], span: dict[str, pa.Array]) -> None:
    """Fill addresses from the spans the events are on (the rules of `decode_plain`: inherits_now, inherit)."""
    settled = np.asarray(span["addressed"])
    identified = pc.or_(
        columns["event_id"].is_valid(),
        pc.and_(columns["producer_id"].is_valid(), columns["seq"].is_valid()),
    )
    now: npt.NDArray[np.bool_] = np.asarray(identified) | ~settled
    agreed = now
    for field in ADDRESS:
        mine, other = columns[field.column], span[field.column]
        missing = np.asarray(mine.is_null())
        if (missing & agreed).any():
            columns[field.column] = where(missing & agreed, other, mine)
        if field.column in ("run_id", "stage"):
            same = np.asarray(pc.fill_null(pc.equal(mine, other), False))
            agreed = agreed & (missing | same)
    known = np.asarray(columns["run_id"].is_valid())
    columns["addressed"] = pa.array(now & known & (~agreed | settled))
