"""What every answer has in common: times, rows out of Arrow, and the shape renderings take them in."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal, Protocol, cast

if TYPE_CHECKING:
    import pyarrow as pa

Row = dict[str, Any]

_SECOND = 1_000_000_000


Kind = Literal["text", "integer", "number", "boolean", "time"]


@dataclass(frozen=True)
class Rows:
    """A plain table: column names and values (None where there is none). What TSV and CSV print.

    kinds: what a column holds, where its name doesn't say (`surfaces.columns`) and its values may all be None.
    """

    columns: tuple[str, ...]
    values: Sequence[Sequence[object]]
    kinds: Mapping[str, Kind] = field(default_factory=dict[str, Kind])


class Result(Protocol):
    """The answer to one question. Every rendering is made from it."""

    def to_dict(self) -> object:
        """The JSON shape: objects with string keys, lists, strings, numbers, booleans, None."""
        ...

    def rows(self) -> Rows:
        """The same answer as one flat table."""
        ...


def iso(nanoseconds: int | None) -> str | None:
    """Unix nanoseconds as `2026-05-03T09:12:44Z`; a fraction (up to 9 digits) only if there is one."""
    if nanoseconds is None:
        return None
    seconds, fraction = divmod(nanoseconds, _SECOND)
    text = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}.{fraction:09d}".rstrip("0") + "Z" if fraction else f"{text}Z"


def rows_of(table: "pa.Table") -> list[Row]:
    """Rows as dicts; timestamps as Unix nanoseconds (Python has no type that holds them)."""
    columns = [_values(table.column(index)) for index in range(table.num_columns)]
    names = table.column_names
    return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]


def _values(column: "pa.ChunkedArray") -> list[Any]:
    import pyarrow as pa  # not at the top: `contexta runs --help` passes here

    if pa.types.is_timestamp(column.type):
        if column.type.unit == "ns":  # the same bits; a cast imports pyarrow.compute, 20 ms
            return [
                value for chunk in column.chunks for value in chunk.view(pa.int64()).to_pylist()
            ]
        column = column.cast(pa.timestamp("ns")).cast(pa.int64())
    return cast("list[Any]", column.to_pylist())


def from_json(text: object) -> Any:
    """A JSON text column as a value; None stays None. Text that is not JSON is returned as it is."""
    if not isinstance(text, str):
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


def whole(number: float | None) -> float | int | None:
    """A duration or count as an int where it is one: 1842.0 is written 1842."""
    if isinstance(number, float) and number.is_integer() and abs(number) < 2**53:
        return int(number)
    return number


def present(**fields: object) -> dict[str, object]:
    """The fields that have a value: how records and artifacts leave out what they don't have."""
    return {name: value for name, value in fields.items() if value is not None}
