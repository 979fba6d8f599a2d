"""Attribute lists as columns: known keys pivoted by dictionary code, the rest as JSON text.

Nothing here walks rows in Python: an attribute key is a code, a column is a gather, and the JSON of
what is left over is a join of Arrow strings. Only values of an unexpected type, nested values and
strings that need escaping are touched one by one (each distinct one once).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValueList

from contexta_processor.reconstruct.columns import STRINGS
from contexta_processor.reconstruct.fields import Field, Kind
from contexta_processor.reconstruct.values import (
    coerce,
    float_text,
    json_text,
    python_value,
    sorted_names,
    string_text,
)

Indices = npt.NDArray[np.int64]

_TYPES = {
    Kind.STRING: pa.string(),
    Kind.INT: pa.int64(),
    Kind.DOUBLE: pa.float64(),
    Kind.BOOL: pa.bool_(),
    Kind.STRINGS: STRINGS,
}
_VARIANT_OF = {
    Kind.STRING: "string_value",
    Kind.INT: "int_value",
    Kind.DOUBLE: "double_value",
    Kind.BOOL: "bool_value",
}
_VARIANTS = (
    "string_value",
    "bool_value",
    "int_value",
    "double_value",
    "array_value",
    "kvlist_value",
    "bytes_value",
)
_NEEDS_ESCAPE = '["\\\\\x00-\x1f]'


class Unusual(Exception):
    """Telemetry the fast path does not want to guess about; the plain decoder takes this record."""


@dataclass(frozen=True)
class Extra:
    """A value from outside the attributes that is shown among them: `texts` (JSON) at `rows`."""

    key: str
    rows: Indices
    texts: pa.Array


class Values:
    """A column of OTLP values, one child array per variant of the oneof."""

    def __init__(self, struct: pa.StructArray) -> None:
        children = struct.flatten()
        self._variants: dict[str, pa.Array] = {
            struct.type.field(i).name: child for i, child in enumerate(children)
        }
        told = sum(len(child) - child.null_count for child in children)
        if told > len(struct) - struct.null_count:
            raise Unusual("a value with two variants")
        self.length = len(struct)

    def python(self, index: int) -> object:
        """The value at `index` as the plain decoder sees it."""
        for name in _VARIANTS:
            scalar = self._variants[name][index]
            if scalar.is_valid:
                return _python_of(name, scalar.as_py())
        return None

    def take(self, indices: Indices, kind: Kind) -> pa.Array:
        """Values at `indices` coerced to `kind`; null where that would lose something."""
        if kind is Kind.STRINGS:
            return self._take_strings(indices)
        variant = self._variants[_VARIANT_OF[kind]].take(pa.array(indices))
        if kind is Kind.DOUBLE and variant.null_count:
            integers = self._variants["int_value"].take(pa.array(indices))
            variant = pc.coalesce(variant, integers.cast(pa.float64(), safe=False))
        if variant.null_count == 0:
            return variant
        missing = np.flatnonzero(np.asarray(variant.is_null()))
        found = variant.to_pylist()
        for position in missing:
            found[position] = coerce(self.python(int(indices[position])), kind)
        return pa.array(found, type=_TYPES[kind])

    def _take_strings(self, indices: Indices) -> pa.Array:
        for name in ("string_value", "array_value"):
            variant = self._variants[name].take(pa.array(indices))
            if variant.null_count == 0:
                encoded = variant.dictionary_encode()
                distinct = [
                    coerce(_python_of(name, item), Kind.STRINGS)
                    for item in encoded.dictionary.to_pylist()
                ]
                return pa.array(distinct, type=STRINGS).take(encoded.indices)
        return pa.array(
            [coerce(self.python(int(index)), Kind.STRINGS) for index in indices], type=STRINGS
        )

    def json(self, indices: Indices) -> pa.Array:
        """Canonical JSON text of the values at `indices`."""
        at = pa.array(indices)
        texts: list[pa.Array] = []
        for name in _VARIANTS:
            variant = self._variants[name].take(at)
            if variant.null_count < len(variant):
                texts.append(_JSON_OF[name](variant))
        return pc.coalesce(*texts, pa.scalar("null")) if texts else _constant("null", len(indices))


def _python_of(variant: str, item: object) -> object:
    if isinstance(item, bytes) and variant == "array_value":
        return python_value(AnyValue(array_value=ArrayValue.FromString(item)))
    if isinstance(item, bytes) and variant == "kvlist_value":
        return python_value(AnyValue(kvlist_value=KeyValueList.FromString(item)))
    return item


def _string_json(strings: pa.Array) -> pa.Array:
    quoted = pc.binary_join_element_wise('"', strings, '"', "")
    escape = pc.match_substring_regex(strings, _NEEDS_ESCAPE)
    if not pc.any(escape).as_py():
        return quoted
    found = quoted.to_pylist()
    for position in np.flatnonzero(np.asarray(pc.fill_null(escape, False))):
        found[position] = string_text(strings[int(position)].as_py())
    return pa.array(found, type=pa.string())


def _bool_json(booleans: pa.Array) -> pa.Array:
    return pc.if_else(booleans, "true", "false")


def _double_json(doubles: pa.Array) -> pa.Array:
    return pa.array(
        [None if item is None else float_text(item) for item in doubles.to_pylist()],
        type=pa.string(),
    )


def _distinct_json(variant: str) -> Callable[[pa.Array], pa.Array]:
    def texts(items: pa.Array) -> pa.Array:
        encoded = items.dictionary_encode()
        distinct = [json_text(_python_of(variant, item)) for item in encoded.dictionary.to_pylist()]
        return pa.array(distinct, type=pa.string()).take(encoded.indices)

    return texts


_JSON_OF: dict[str, Callable[[pa.Array], pa.Array]] = {
    "string_value": _string_json,
    "bool_value": _bool_json,
    "int_value": lambda integers: integers.cast(pa.string()),
    "double_value": _double_json,
    "array_value": _distinct_json("array_value"),
    "kvlist_value": _distinct_json("kvlist_value"),
    "bytes_value": _distinct_json("bytes_value"),
}


def _constant(text: str, length: int) -> pa.Array:
    return pa.array([text], type=pa.string()).take(pa.array(np.zeros(length, dtype=np.int64)))


class AttributeColumns:
    """The attributes of `rows` spans, events or log records, entry by entry."""

    def __init__(self, lists: pa.ListArray) -> None:
        entries = lists.flatten()
        self.rows = len(lists)
        self.parents: Indices = np.asarray(pc.list_parent_indices(lists)).astype(np.int64)
        self.values = Values(entries.field("value"))
        encoded = entries.field("key").dictionary_encode()
        self.codes: Indices = np.asarray(encoded.indices).astype(np.int64)
        self.keys: list[str] = encoded.dictionary.to_pylist()
        self._code_of = {key: code for code, key in enumerate(self.keys)}
        # A stable sort of 16-bit numbers is a radix sort, many times faster than one of 64-bit numbers.
        narrow = self.codes.astype(np.uint16) if len(self.keys) <= 0xFFFF else self.codes
        self._order: Indices = np.argsort(narrow, kind="stable")
        self._starts: Indices = np.searchsorted(
            self.codes[self._order], np.arange(len(self.keys) + 1)
        )
        self._gone = self._duplicates()

    def _duplicates(self) -> npt.NDArray[np.bool_]:
        """Entries whose key stands earlier in the same row: the first one counts."""
        gone = np.zeros(len(self.codes), dtype=bool)
        codes, parents = self.codes[self._order], self.parents[self._order]
        again = (codes[1:] == codes[:-1]) & (parents[1:] == parents[:-1])
        gone[self._order[1:][again]] = True
        return gone

    def _entries(self, code: int) -> Indices:
        return self._order[self._starts[code] : self._starts[code + 1]]

    def column(self, wanted: Field, rows: Indices | None = None) -> pa.Array:
        """One column of `wanted.kind` for `rows` (default: all); what was taken leaves the rest."""
        length = self.rows if rows is None else len(rows)
        code = self._code_of.get(wanted.key)
        if code is None:
            return pa.nulls(length, _TYPES[wanted.kind])
        entries = self._entries(code)
        entries = entries[~self._gone[entries]]
        entry_of = np.full(self.rows, -1, dtype=np.int64)
        entry_of[self.parents[entries]] = entries
        if rows is not None:
            entry_of = entry_of[rows]
        present = entry_of >= 0
        taken = self.values.take(entry_of[present], wanted.kind)
        self._gone[entry_of[present][np.asarray(taken.is_valid())]] = True
        if wanted.column == "slices":
            taken = _sorted_lists(taken)
        if len(taken) == length:
            return taken
        position = np.cumsum(present) - 1
        return taken.take(pa.array(position, mask=~present))

    def prefixed_doubles(self, prefix: str, rows: Indices) -> tuple[pa.Array, pa.Array]:
        """Numeric attributes under a prefix: (names, values), two lists per row, sorted by name."""
        codes = [code for code, key in enumerate(self.keys) if key.startswith(prefix)]
        entries = np.concatenate([self._entries(code) for code in codes] or [np.zeros(0, np.int64)])
        entries = entries[~self._gone[entries]]
        position = self._position(rows)[self.parents[entries]]
        entries, position = entries[position >= 0], position[position >= 0]
        doubles = self.values.take(entries, Kind.DOUBLE)
        valid = np.asarray(doubles.is_valid())
        entries, position, doubles = entries[valid], position[valid], doubles.filter(valid)
        self._gone[entries] = True
        order = np.lexsort((self._rank()[self.codes[entries]], position))
        offsets = _offsets(position, len(rows))
        names = pa.array([key.removeprefix(prefix) for key in self.keys], type=pa.string())
        at = pa.array(order)
        return (
            pa.ListArray.from_arrays(offsets, names.take(pa.array(self.codes[entries][order]))),
            pa.ListArray.from_arrays(offsets, doubles.take(at)),
        )

    def pop(self, key: str, rows: Indices) -> list[object]:
        """The value of `key` in each of `rows` as Python values, for what is rare; it leaves the rest."""
        found: list[object] = [None] * len(rows)
        code = self._code_of.get(key)
        if code is None:
            return found
        position = self._position(rows)
        for entry in self._entries(code):
            at = position[self.parents[entry]]
            if at >= 0 and not self._gone[entry]:
                found[at] = self.values.python(int(entry))
                self._gone[entry] = True
        return found

    def rest(self, rows: Indices | None = None, extras: Sequence[Extra] = ()) -> pa.Array:
        """What no column took, as one JSON object per row with sorted keys."""
        rows = np.arange(self.rows) if rows is None else rows
        position = self._position(rows)
        entries = np.flatnonzero(~self._gone)
        at = position[self.parents[entries]]
        entries, at = entries[at >= 0], at[at >= 0]
        keys, codes = list(self.keys), self.codes[entries]
        texts = self.values.json(entries)
        for extra in extras:
            if extra.key in self._code_of:
                raise Unusual(f"an attribute named {extra.key}")
            where = position[extra.rows]
            keys.append(extra.key)
            at = np.concatenate([at, where[where >= 0]])
            codes = np.concatenate([codes, np.full((where >= 0).sum(), len(keys) - 1)])
            texts = pa.concat_arrays([texts, extra.texts.filter(pa.array(where >= 0))])
        if not len(at):
            return _constant("{}", len(rows))
        order = np.lexsort((_ranks(keys)[codes], at))
        key_texts = pa.array([string_text(key) + ":" for key in keys], type=pa.string())
        members = pc.binary_join_element_wise(
            key_texts.take(pa.array(codes[order])), texts.take(pa.array(order)), ""
        )
        lists = pa.ListArray.from_arrays(_offsets(at, len(rows)), members)
        return pc.binary_join_element_wise("{", pc.binary_join(lists, ","), "}", "")

    def _position(self, rows: Indices) -> Indices:
        """Full row number → place in `rows`, −1 for the others."""
        position = np.full(self.rows, -1, dtype=np.int64)
        position[rows] = np.arange(len(rows))
        return position

    def _rank(self) -> Indices:
        return _ranks(self.keys)


def _ranks(keys: list[str]) -> Indices:
    """Place of each key in sorted order."""
    ranks = np.empty(len(keys), dtype=np.int64)
    ranks[np.array(sorted(range(len(keys)), key=keys.__getitem__), dtype=np.int64)] = np.arange(
        len(keys)
    )
    return ranks


def _offsets(positions: Indices, rows: int) -> pa.Array:
    """List offsets for entries that stand at `positions` of `rows` rows."""
    counts = np.bincount(positions, minlength=rows)
    return pa.array(np.concatenate([[0], np.cumsum(counts)]).astype(np.int32))


def _sorted_lists(lists: pa.Array) -> pa.Array:
    distinct: dict[tuple[str, ...], list[str] | None] = {}
    found = [tuple(item) if item is not None else None for item in lists.to_pylist()]
    for item in found:
        if item is not None and item not in distinct:
            distinct[item] = sorted_names(list(item))
    return pa.array([distinct[item] if item is not None else None for item in found], type=STRINGS)
