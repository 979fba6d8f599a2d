"""Rows as Arrow, each column of one type: the same whether it holds values or none at all."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from contexta_processor.investigate.results import Kind, Rows

if TYPE_CHECKING:
    import pyarrow as pa

_INTEGERS: Final = frozenset(
    {
        "attempt", "baseline_n", "batch_index", "candidate_n", "count", "depth", "index", "line", "n", "needed", "n_needed",
        "pairs", "paired", "parts", "pid", "rank", "runs", "samples", "seq", "series", "size", "size_bytes", "stage_index",
        "stages_done", "stages_expected", "stages_seen", "step", "total",
    }
)  # fmt: skip
_NUMBERS: Final = frozenset(
    {
        "baseline", "candidate", "confidence_level", "delta", "duration_ms", "epoch", "growth", "high", "low", "margin", "mean",
        "p", "score", "se", "stddev", "value",
    }
)  # fmt: skip
_BOOLEANS: Final = frozenset({"active", "closed", "cut", "few", "higher_is_better", "outside", "redacted"})  # fmt: skip


def as_table(rows: Rows) -> "pa.Table":
    """Rows as Arrow. Times are timestamps in UTC to the nanosecond; a column of mixed values becomes text.

    A column's type is what `rows` says, else what its name does, else what its values are; a column of no values whose name
    says nothing is text.
    """
    import pyarrow as pa

    columns = list(zip(*rows.values, strict=True)) or [()] * len(rows.columns)
    arrays = [
        _column(list(values), rows.kinds.get(name) or kind_of(name))
        for name, values in zip(rows.columns, columns, strict=True)
    ]
    return pa.Table.from_arrays(arrays, names=list(rows.columns))


def kind_of(name: str) -> Kind | None:
    """What a column of this name holds throughout, where that is settled."""
    if name.endswith("_at") or name == "timestamp":
        return "time"
    if name in _INTEGERS or name.endswith("_count"):
        return "integer"
    if name in _NUMBERS or name.endswith("_ms"):
        return "number"
    return "boolean" if name in _BOOLEANS else None


def _column(values: list[object], kind: Kind | None) -> "pa.Array":
    import pyarrow as pa

    if kind is not None:
        try:
            return _MAKERS[kind](values)
        except (pa.ArrowException, TypeError, ValueError, OverflowError):
            pass  # it is something else this time: as its values are
    present = [value for value in values if value is not None]
    if present and all(_is_texts(value) for value in present):
        return pa.array(values, pa.list_(pa.string()))
    if present and all(isinstance(value, str | int | float) for value in present):
        try:
            return pa.array(values)
        except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
            pass  # mixed: as text
    return _texts(values)


def _is_texts(value: object) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(item, str) for item in value)  # pyright: ignore[reportUnknownVariableType]  # a list of anything


def _texts(values: Sequence[object]) -> "pa.Array":
    import pyarrow as pa

    from contexta_processor.surfaces.render.tsv import as_text

    return pa.array([None if value is None else as_text(value) for value in values], pa.string())


def _times(values: Sequence[object]) -> "pa.Array":
    import pyarrow as pa

    bare = [_bare(value) for value in values]
    return pa.array(bare, pa.string()).cast(pa.timestamp("ns"))


def _bare(value: object) -> str | None:
    if value is not None and not isinstance(value, str):
        raise TypeError("not a time")
    return None if value is None else value.removesuffix("Z")


def _numbers(values: Sequence[object]) -> "pa.Array":
    import pyarrow as pa

    return pa.array([None if value is None else _number(value) for value in values], pa.float64())


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError("not a number")
    return float(value)


def _exactly(*types: type) -> Callable[[Sequence[object]], "pa.Array"]:
    def make(values: Sequence[object]) -> "pa.Array":
        import pyarrow as pa

        if any(value is not None and type(value) not in types for value in values):
            raise TypeError("of another type")
        return pa.array(values, pa.int64() if types == (int,) else pa.bool_())

    return make


_MAKERS: Final[dict[Kind, Callable[[Sequence[object]], "pa.Array"]]] = {
    "text": _texts,
    "integer": _exactly(int),
    "number": _numbers,
    "boolean": _exactly(bool),
    "time": _times,
}
