"""Python values as OTLP has them, for every story that is told on the wire."""

from collections.abc import Iterable, Mapping
from typing import Any

from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue


def any_value(value: Any) -> AnyValue:
    """A Python value as an OTLP one; None is the empty one, and a list or mapping may be empty too."""
    if value is None:
        return AnyValue()
    if isinstance(value, bool):
        return AnyValue(bool_value=value)
    if isinstance(value, int):
        return AnyValue(int_value=value)
    if isinstance(value, float):
        return AnyValue(double_value=value)
    if isinstance(value, str):
        return AnyValue(string_value=value)
    if isinstance(value, bytes):
        return AnyValue(bytes_value=value)
    made = AnyValue()
    if isinstance(value, Mapping):
        made.kvlist_value.values.extend(key_values(value))
        made.kvlist_value.SetInParent()
    else:
        items: Iterable[Any] = value
        made.array_value.values.extend(any_value(item) for item in items)
        made.array_value.SetInParent()
    return made


def key_values(attributes: Mapping[Any, Any]) -> list[KeyValue]:
    """A mapping as OTLP attributes."""
    return [KeyValue(key=key, value=any_value(value)) for key, value in attributes.items()]


def pairs(attributes: Mapping[str, Any]) -> list[KeyValue]:
    """Attributes as OTLP has them; those that are None are left out."""
    return key_values({key: value for key, value in attributes.items() if value is not None})
