"""OTLP values as Python values, canonical JSON text, and the coercions of `fields.py`."""

import base64
import json
import math
from collections.abc import Iterable
from typing import cast

from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

from contexta_processor.reconstruct.fields import Kind

MAX_DEPTH = 32
"""Nesting beyond this is cut (the receiver cuts there too)."""

INT64 = range(-(2**63), 2**63)


def python_value(value: AnyValue, depth: int = 0) -> object:
    """An OTLP value as None, bool, int, float, str, bytes, list or dict (first of duplicate keys wins)."""
    which = value.WhichOneof("value")
    if which is None or depth > MAX_DEPTH:
        return None
    if which == "array_value":
        return [python_value(item, depth + 1) for item in value.array_value.values]
    if which == "kvlist_value":
        return python_mapping(value.kvlist_value.values, depth + 1)
    if which == "string_value_strindex":
        return None
    return getattr(value, which)


def python_mapping(items: Iterable[KeyValue], depth: int = 0) -> dict[str, object]:
    """Attributes as a dict; of two with one key the first stands."""
    mapping: dict[str, object] = {}
    for item in items:
        mapping.setdefault(item.key, python_value(item.value, depth))
    return mapping


def float_text(number: float) -> str:
    """A double as JSON: shortest text that reads back the same; NaN and infinities as strings."""
    if math.isfinite(number):
        return repr(number)
    if math.isnan(number):
        return '"NaN"'
    return '"Infinity"' if number > 0 else '"-Infinity"'


def string_text(text: str) -> str:
    """A string as JSON, characters beyond ASCII as they are."""
    return json.dumps(text, ensure_ascii=False)


def json_text(value: object) -> str:
    """Canonical JSON: sorted keys, no spaces, bytes as base64."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return float_text(value)
    if isinstance(value, str):
        return string_text(value)
    if isinstance(value, bytes):
        return '"' + base64.b64encode(value).decode("ascii") + '"'
    if isinstance(value, dict):
        members = cast("dict[str, object]", value)
        parts = (f"{string_text(str(key))}:{json_text(members[key])}" for key in sorted(members))
        return "{" + ",".join(parts) + "}"
    if isinstance(value, list):
        return "[" + ",".join(json_text(item) for item in cast("list[object]", value)) + "]"
    raise TypeError(f"not an OTLP value: {type(value).__name__}")


def coerce(value: object, kind: Kind) -> object:
    """`value` as a column of `kind`, or None where that would lose something."""
    match kind:
        case Kind.STRING:
            return value if isinstance(value, str) else _as_string(value)
        case Kind.INT:
            return _as_int(value)
        case Kind.DOUBLE:
            return _as_double(value)
        case Kind.BOOL:
            return (
                value if isinstance(value, bool) else {"true": True, "false": False}.get(str(value))
            )
        case Kind.STRINGS:
            return _as_strings(value)


def _as_string(value: object) -> str | None:
    if isinstance(value, bool | int | float):
        return json_text(value).strip('"')
    return None


def _as_int(value: object) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, float):
        return int(value) if value.is_integer() and int(value) in INT64 else None
    if isinstance(value, str):
        try:
            value = int(value)
        except ValueError:
            return None
    return value if isinstance(value, int) and value in INT64 else None


def _as_double(value: object) -> float | None:
    if isinstance(value, bool):
        return float(value)
    if isinstance(value, int | float):
        return float(value)
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            return None
    return None


def _as_strings(value: object) -> list[str] | None:
    if isinstance(value, list):
        items = cast("list[object]", value)
        texts = [_as_string(item) if not isinstance(item, str) else item for item in items]
        return [text for text in texts if text is not None] if None not in texts else None
    text = value if isinstance(value, str) else _as_string(value)
    return None if text is None else [text]


def sorted_names(names: list[str] | None) -> list[str] | None:
    """Slice names as a set: sorted, each once; no names at all is no slice."""
    return sorted(set(names)) if names else None
