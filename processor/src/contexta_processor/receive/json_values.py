"""One value of OTLP/JSON as the protobuf field it stands for, leniently where its meaning is plain."""

import base64
import binascii
import math
from typing import TypeAlias

from google.protobuf.descriptor import FieldDescriptor

from contexta_processor.base.quarantine import Reason

_HEX_FIELDS = frozenset({"trace_id", "span_id", "parent_span_id"})
_SIGNED = {
    FieldDescriptor.TYPE_INT32: 32,
    FieldDescriptor.TYPE_SINT32: 32,
    FieldDescriptor.TYPE_SFIXED32: 32,
    FieldDescriptor.TYPE_INT64: 64,
    FieldDescriptor.TYPE_SINT64: 64,
    FieldDescriptor.TYPE_SFIXED64: 64,
}
_UNSIGNED = {
    FieldDescriptor.TYPE_UINT32: 32,
    FieldDescriptor.TYPE_FIXED32: 32,
    FieldDescriptor.TYPE_UINT64: 64,
    FieldDescriptor.TYPE_FIXED64: 64,
}
_FLOATS = frozenset({FieldDescriptor.TYPE_DOUBLE, FieldDescriptor.TYPE_FLOAT})
_FLOAT_WORDS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"


class Refused(Exception):
    """One value can't be what its field is."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


def number_value(field: FieldDescriptor, value: Json) -> float:
    """The value of a field of any numeric type. Raises: Refused."""
    kind = field.type
    if kind in _FLOATS:
        return _double(field, value)
    if kind in _SIGNED:
        return integer_value(field, value, bits=_SIGNED[kind], signed=True)
    if kind in _UNSIGNED:
        return integer_value(field, value, bits=_UNSIGNED[kind], signed=False)
    raise _invalid(field)


def integer_value(field: FieldDescriptor, value: Json, *, bits: int, signed: bool) -> int:
    """A number, or its digits as text, within what the field can hold. Raises: Refused."""
    least, most = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)
    try:
        if isinstance(value, str):
            number = int(value) if len(value) <= 20 and value.lstrip("-").isdigit() else None
        elif isinstance(value, float):
            number = int(value) if value.is_integer() else None
        else:
            number = None if isinstance(value, bool) or not isinstance(value, int) else value
    except ValueError:
        number = None
    if number is None or not least <= number <= most:
        raise _invalid(field)
    return number


def bytes_value(field: FieldDescriptor, value: str) -> bytes:
    """Hex where the field is an id, else base64. Raises: Refused."""
    if field.name in _HEX_FIELDS:
        try:
            return bytes.fromhex(value) if value.isalnum() or not value else b"?"
        except ValueError:
            # One byte is no legal id, so the item is rejected for its id and not for its syntax.
            return b"?"
    try:
        return base64.b64decode(value + "=" * (-len(value) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise _invalid(field) from None


def _double(field: FieldDescriptor, value: Json) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise _invalid(field)
    if isinstance(value, str) and value in _FLOAT_WORDS:
        return _FLOAT_WORDS[value]
    try:
        return float(value)
    except OverflowError:
        return -math.inf if str(value).startswith("-") else math.inf
    except ValueError:
        raise _invalid(field) from None


def _invalid(field: FieldDescriptor) -> Refused:
    return Refused(Reason.INVALID_VALUE, f"{field.json_name} has a value it cannot hold")
