"""Any value a training script holds → a value OTLP can carry, without losing what it says.

The SDK turns a float32 into a string, drops an integer beyond 64 bits and fails a whole batch on
a lone surrogate. Here numbers stay numbers (numpy, torch and jax scalars, Decimal), NaN and ±Inf
stay (a diverged loss is evidence), and what has no OTLP type becomes readable text.
"""

from __future__ import annotations

import base64
import dataclasses
import datetime as dt
import enum
import json
import math
import operator
import os
import time
from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Any, Final, TypeAlias, cast

Scalar: TypeAlias = str | bool | int | float
AttributeValue: TypeAlias = (
    Scalar | Sequence[str] | Sequence[bool] | Sequence[int] | Sequence[float] | Mapping[str, str]
)
Attributes: TypeAlias = dict[str, AttributeValue]
Instant: TypeAlias = dt.datetime | int | float | str

TEXT_LIMIT: Final = 32 * 1024
_ITEM_LIMIT: Final = 10_000
_INT64: Final = range(-(2**63), 2**63)
_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def attribute(value: object) -> AttributeValue:
    """`value` as an attribute value: a scalar or a list of scalars of one type.

    Mappings and nested lists become JSON text, bytes base64, what is unknown its `str`. Never
    raises: a value that cannot even be looked at says so.
    """
    kind = type(value)
    if kind is str:
        return text(value)
    if kind is float or kind is bool or (kind is int and value in _INT64):
        return cast("float", value)
    try:
        return _attribute(value)
    except Exception:
        return f"<{kind.__name__} that cannot be read>"


def _attribute(value: object) -> AttributeValue:
    if _has_entries(value):
        return text(_json(value))
    if isinstance(value, (list, tuple)) or _is_array(value):
        return _list(cast("Iterable[object]", value))
    if isinstance(value, (Set, range)):
        return _list(sorted(cast("Iterable[Any]", value), key=str))
    return scalar(value)


def scalar(value: object) -> Scalar:
    """`value` as one scalar; what has no scalar meaning becomes text."""
    if isinstance(value, enum.Enum):
        return scalar(value.value)
    if isinstance(value, bool):
        return bool(value)
    if isinstance(value, str):
        return text(str(value))
    if isinstance(value, int):
        return int(value) if value in _INT64 else str(int(value))
    if isinstance(value, float):
        return float(value)
    if value is None:
        return "null"
    if hasattr(value, "as_integer_ratio"):  # Decimal, Fraction, numpy floats
        return _float(value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return text(base64.b64encode(bytes(cast("bytes", value))).decode("ascii"))
    if isinstance(value, (dt.datetime, dt.date, dt.time)):
        return value.isoformat()
    if isinstance(value, dt.timedelta):
        return value.total_seconds()
    if isinstance(value, os.PathLike):
        return text(os.fsdecode(cast("os.PathLike[str]", value)))
    unwrapped = _unwrap(value)
    return scalar(unwrapped) if unwrapped is not value else text(str(value))


def number(value: object) -> float | None:
    """`value` as a double, or None if it is not a number. NaN and ±Inf are numbers; text is not."""
    if type(value) is float:
        return value
    try:
        return _number(value)
    except Exception:
        return None


def integer(value: object) -> int | None:
    """`value` as a whole number of at most 64 bits, or None if it is none."""
    if type(value) is int and value in _INT64:
        return value
    exact = _exact(value)
    if exact is not None:
        return exact if exact in _INT64 else None
    whole = number(value)
    if whole is None or not whole.is_integer() or not -(2**63) <= whole < 2**63:
        return None
    return int(whole)


def _exact(value: object) -> int | None:
    """An integer of any library, not by way of a double, which ends at 2^53."""
    try:
        unwrapped = _unwrap(value)
        return operator.index(cast("Any", unwrapped)) if hasattr(unwrapped, "__index__") else None
    except Exception:
        return None


def _number(value: object) -> float | None:
    if hasattr(value, "as_integer_ratio") or isinstance(value, bool):
        return _float(value)
    unwrapped = _unwrap(value)
    if unwrapped is not value:
        return _number(unwrapped)
    if hasattr(value, "__float__") and not isinstance(value, str):
        return float(cast("Any", value))
    return None


def text(value: object, limit: int = TEXT_LIMIT) -> str:
    """`value` as legal UTF-8 (lone surrogates escaped), cut at `limit` characters with a mark."""
    if not isinstance(value, str):
        value = _shown(value)
    if len(value) <= limit and value.isascii():
        return value
    if len(value) > limit:
        value = f"{value[:limit]}… [cut, {len(value)} characters]"
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    return value


def _shown(value: object) -> str:
    try:
        return str(scalar(value))
    except Exception:
        return f"<{type(value).__name__} that cannot be read>"


def texts(values: str | Iterable[object] | None) -> list[str]:
    """A list of texts from one text, an iterable or nothing."""
    if values is None:
        return []
    if isinstance(values, str):
        return [text(values)]
    return [text(value) for value in values]


def nanoseconds(at: Instant) -> int:
    """A moment as nanoseconds since 1970.

    at: datetime (without a zone: local time, as everywhere in Python), int nanoseconds, float
        seconds, or ISO 8601 text.
    Raises: ValueError for text that is no time; TypeError for anything else.
    """
    if isinstance(at, str):
        at = dt.datetime.fromisoformat(at)
    if isinstance(at, dt.datetime):
        since = (at if at.tzinfo else at.astimezone()) - _EPOCH
        return (since.days * 86_400 + since.seconds) * 1_000_000_000 + since.microseconds * 1_000
    if isinstance(at, int) and not isinstance(at, bool):
        return at
    if isinstance(at, float) and math.isfinite(at):
        return round(at * 1e9)
    raise TypeError(f"a time is a datetime, int nanoseconds, float seconds or ISO text, not {at!r}")


def now() -> int:
    """This moment, in nanoseconds since 1970."""
    return time.time_ns()


def iso(at: Instant) -> str:
    """A moment as ISO 8601 in UTC, `Z` at the end, as precise as a microsecond."""
    whole, rest = divmod(nanoseconds(at), 1_000_000_000)
    moment = _EPOCH + dt.timedelta(seconds=whole, microseconds=rest // 1_000)
    return moment.isoformat().replace("+00:00", "Z")


def mapping(values: object) -> dict[str, object]:
    """The entries of a mapping, dataclass, argparse namespace, pydantic model or plain object.

    Raises: TypeError if `values` has no entries to read.
    """
    if isinstance(values, Mapping):
        return {str(key): value for key, value in cast("Mapping[object, object]", values).items()}
    if dataclasses.is_dataclass(values) and not isinstance(values, type):
        return {field.name: getattr(values, field.name) for field in dataclasses.fields(values)}
    dump = getattr(values, "model_dump", None)
    if callable(dump):
        return mapping(dump())
    if hasattr(values, "__dict__") and not isinstance(values, type):
        return {name: value for name, value in vars(values).items() if not name.startswith("_")}
    raise TypeError(f"no keys and values in a {type(values).__name__}")


def flatten(values: object, prefix: str = "") -> dict[str, object]:
    """Nested entries as one level with dotted keys; an empty mapping stays as `{}`."""
    flat: dict[str, object] = {}
    for key, value in mapping(values).items():
        name = f"{prefix}{key}"
        if _has_entries(value):
            nested = flatten(value, f"{name}.")
            flat.update(nested or {name: "{}"})
        else:
            flat[name] = value
    return flat


def _list(values: Iterable[object]) -> AttributeValue:
    if hasattr(values, "tolist"):
        values = cast("Any", values).tolist()
        if not isinstance(values, list):
            return scalar(values)
    items = list(cast("Iterable[object]", values))
    if len(items) > _ITEM_LIMIT:
        items = [*items[:_ITEM_LIMIT], f"… [cut, {len(items)} items]"]
    if any(isinstance(item, (Mapping, list, tuple, Set)) or _is_record(item) for item in items):
        return [text(_json(item)) for item in items]
    return _one_type([scalar(item) for item in items])


def _one_type(items: list[Scalar]) -> AttributeValue:
    """OTLP allows mixed lists, few readers do: integers beside floats become floats, else text."""
    kinds = {type(item) for item in items}
    if len(kinds) <= 1:
        return cast("AttributeValue", items)
    if kinds == {int, float}:
        return [float(item) for item in items]
    return [item if isinstance(item, str) else json.dumps(item) for item in items]


def _json(value: object) -> str:
    return json.dumps(_plain(value), ensure_ascii=False, separators=(",", ":"))


def _plain(value: object) -> object:
    if _has_entries(value):
        return {key: _plain(entry) for key, entry in mapping(value).items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in cast("Sequence[object]", value)]
    if isinstance(value, (Set, range)):
        return [_plain(item) for item in sorted(cast("Iterable[Any]", value), key=str)]
    if _is_array(value):
        return _plain(cast("Any", value).tolist())
    return None if value is None else scalar(value)


def _has_entries(value: object) -> bool:
    return isinstance(value, Mapping) or _is_record(value)


def _is_record(value: object) -> bool:
    """Dataclass instances, pydantic models and argparse namespaces: objects that are settings."""
    if isinstance(value, type):
        return False
    return (
        dataclasses.is_dataclass(value)
        or hasattr(value, "model_dump")
        or type(value).__name__ in ("Namespace", "SimpleNamespace")
    )


def _is_array(value: object) -> bool:
    """Arrays and series of one or more dimensions (numpy, torch, jax, pandas, polars), unimported."""
    shape = getattr(value, "shape", None)
    return bool(shape) and isinstance(shape, tuple) and hasattr(value, "tolist")


def _unwrap(value: object) -> object:
    """The Python number inside a numpy, torch or jax scalar; anything else as it is."""
    item = getattr(value, "item", None)
    if not callable(item) or isinstance(value, (str, Mapping)):
        return cast("object", value)
    size = getattr(value, "size", None)
    count = cast("Any", value).numel() if callable(getattr(value, "numel", None)) else size
    if count not in (None, 1):
        return value
    inner = item()
    return inner if isinstance(inner, (bool, int, float, str, complex)) else value


def _float(value: object) -> float:
    try:
        return float(cast("float", value))
    except OverflowError:
        return math.inf if cast("int", value) > 0 else -math.inf
