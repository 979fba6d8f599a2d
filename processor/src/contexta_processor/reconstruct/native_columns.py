"""One Arrow column of the native decoder as the column a table has: ids, times, names of numbers, links."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from contexta_processor.reconstruct.attribute_columns import Unusual
from contexta_processor.reconstruct.columns import TIME
from contexta_processor.reconstruct.decode_plain import MAX_TIME
from contexta_processor.reconstruct.values import json_text, python_mapping

_HEX = np.frombuffer(bytes.fromhex("".join(f"{ord(c):02x}" for c in "0123456789abcdef")), np.uint8)


def hex_ids(identifiers: pa.BinaryArray, width: int) -> pa.Array:
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


def enum_names(numbers: pa.Array, names: tuple[str, ...]) -> pa.Array:
    """The names of enum numbers; `names` by number.

    Raises: Unusual for a number beyond them.
    """
    values = np.asarray(numbers)
    if len(values) and (values.min() < 0 or values.max() >= len(names)):
        raise Unusual("an enum value without a name")
    return pa.array(names).take(numbers)


def told_texts(texts: pa.Array) -> pa.Array:
    """Empty text is text that was not sent."""
    return pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)


def times(nanoseconds: pa.Array) -> pa.Array:
    """Nanoseconds since the epoch as timestamps; 0, which is no time, as null.

    Raises: Unusual for a time beyond signed 64 bits.
    """
    values = np.asarray(nanoseconds)
    if len(values) and values.max() > MAX_TIME:
        raise Unusual("a time beyond signed 64 bits")
    return pa.array(values.astype(np.int64), mask=values == 0).cast(TIME)


def link_texts(lists: pa.ListArray) -> pa.Array:
    """Each span's links (serialized) as one JSON list; null where it has none."""
    if not len(lists.flatten()):
        return pa.nulls(len(lists), pa.string())
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


def where(mask: npt.NDArray[np.bool_], yes: pa.Array, no: pa.Array) -> pa.Array:
    """`yes` where the mask holds, else `no`; for lists as well."""
    rows = np.arange(len(mask))
    both = pa.concat_arrays([yes, no])
    return both.take(pa.array(np.where(mask, rows, rows + len(mask))))


def as_table(schema: pa.Schema, columns: dict[str, pa.Array]) -> pa.Table:
    """The columns `schema` names, each cast to its type there."""
    return pa.Table.from_arrays(
        [columns[field.name].cast(field.type) for field in schema], schema=schema
    )
