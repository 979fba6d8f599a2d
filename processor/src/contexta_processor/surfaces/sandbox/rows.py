"""The answer to a user's SQL, as rows that every rendering can print."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pyarrow as pa

from contexta_processor.investigate.results import Rows, iso
from contexta_processor.surfaces.render.json import plain
from contexta_processor.surfaces.render.text import count
from contexta_processor.surfaces.render.tsv import as_text
from contexta_processor.surfaces.render.view import Cell, Column, Line, Table, View
from contexta_processor.surfaces.sandbox.sandbox import cut_note

_DIGITS_OF_A_DOUBLE = 15


@dataclass(frozen=True)
class SqlRows:
    """A result table. Values: times as ISO 8601 in UTC, whole 128-bit numbers as integers, decimals as numbers
    up to 15 digits and as text beyond, bytes as Base64, NaN and ±Infinity as text (in JSON), maps with text keys as objects."""

    table: pa.Table

    @property
    def columns(self) -> tuple[str, ...]:
        """Column names, each once: a second `a` is `a_1`."""
        taken: dict[str, None] = {}
        for name in self.table.column_names:
            unique, number = name, 0
            while unique in taken:
                number += 1
                unique = f"{name}_{number}"
            taken[unique] = None
        return tuple(taken)

    def to_dict(self) -> list[dict[str, object]]:
        """An array of row objects."""
        return list(self.objects())

    def objects(self) -> Iterator[dict[str, object]]:
        """Row by row."""
        names = self.columns
        return (dict(zip(names, row, strict=True)) for row in self._values())

    def rows(self) -> Rows:
        """The same as a flat table."""
        return Rows(self.columns, list(self._values()))

    def _values(self) -> Iterator[tuple[object, ...]]:
        columns = [column_values(column) for column in self.table.columns]
        return zip(*columns, strict=True) if columns else iter(())


def column_values(column: pa.ChunkedArray) -> list[Any]:
    """A column's values as Python ones, without loss."""
    kind = column.type
    if pa.types.is_timestamp(kind):
        return [iso(value) for value in _nanoseconds(column).to_pylist()]
    if pa.types.is_decimal(kind):
        return [_decimal(value) for value in column.to_pylist()]
    if pa.types.is_nested(kind):
        return [_nested(scalar) for scalar in column]
    return column.to_pylist()


def sql_view_shown(result: SqlRows, most: int, rest: str) -> View:
    """As `sql_view`, of the first rows alone: a million are not written out to be cut. `rest` says where the others are."""
    total = result.table.num_rows
    if total <= most:
        return sql_view(result)
    first = sql_view(SqlRows(result.table.slice(0, most).replace_schema_metadata(None)))
    cut = cut_note(result.table)
    told = f"{most:,} of {total:,} rows shown; {rest}" + (f" ({cut})" if cut else "")
    return View((first.blocks[0], Line.of(Cell(told, "dim"))))


def sql_view(result: SqlRows) -> View:
    """The rows as a table, and how many there are."""
    numeric = [_is_number(field.type) for field in result.table.schema]
    shown = result.rows()
    columns = tuple(
        Column(name, right=right, wrap=not right)
        for name, right in zip(shown.columns, numeric, strict=True)
    )
    cells = [
        [Cell("–", "dim") if value is None else as_text(value) for value in row]
        for row in shown.values
    ]
    told = cut_note(result.table) or count(result.table.num_rows, "row")
    return View((Table(columns, cells), Line.of(Cell(told, "dim"))))


def _is_number(kind: pa.DataType) -> bool:
    return pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)


def _nanoseconds(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return column.cast(pa.timestamp("ns", column.type.tz)).cast(pa.int64())


def _nested(scalar: Any) -> Any:
    """A list, struct or map as Python values. Arrow's own `as_py` fails on nanoseconds without pandas."""
    if not scalar.is_valid:
        return None
    if isinstance(scalar, pa.StructScalar):
        return {name: _nested(value) for name, value in scalar.items()}
    if isinstance(scalar, pa.MapScalar):
        pairs = [(_nested(entry["key"]), _nested(entry["value"])) for entry in scalar.values]
        named = all(isinstance(key, str) for key, _ in pairs)
        return dict(pairs) if named else [list(pair) for pair in pairs]
    if isinstance(scalar, pa.ListScalar | pa.LargeListScalar | pa.FixedSizeListScalar):
        return [_nested(value) for value in scalar.values]
    if isinstance(scalar, pa.TimestampScalar):
        return iso(scalar.cast(pa.timestamp("ns", scalar.type.tz)).value)
    value = scalar.as_py()
    return _decimal(value) if isinstance(value, Decimal) else plain(value)


def _decimal(value: Decimal | None) -> int | float | str | None:
    """Whole numbers keep every digit; others are numbers as long as a double holds them truly, else text."""
    if value is None:
        return None
    if value == value.to_integral_value() and value.as_tuple().exponent == 0:
        return int(value)
    return float(value) if len(value.as_tuple().digits) <= _DIGITS_OF_A_DOUBLE else str(value)
