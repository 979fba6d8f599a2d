"""One attribute of an event: what the user gave → its legal value, or a word about why not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeAlias

from contexta.base import coerce, secrets
from contexta.base.coerce import Attributes
from contexta.base.misuse import misuse
from contexta_semconv import attributes as names

Names: TypeAlias = str | Sequence[str]

_DIRECTIONS: Final = {
    "maximize": True,
    "higher": True,
    "max": True,
    "minimize": False,
    "lower": False,
    "min": False,
}


def put_text(attributes: Attributes, key: str, value: object) -> None:
    """A text, if there is one."""
    if value is not None:
        attributes[key] = coerce.text(value)


def put_prose(attributes: Attributes, key: str, value: object) -> None:
    """A text that somebody wrote, or that came out of an exception: credentials in it are masked."""
    if value is not None:
        attributes[key] = secrets.in_prose(coerce.text(value))


def put_texts(attributes: Attributes, key: str, values: Names) -> None:
    """A list of texts, if there are any."""
    if values:
        attributes[key] = coerce.texts(values)


def put_number(attributes: Attributes, key: str, what: str, value: object) -> None:
    """A number, if there is one; what is none is said and left out."""
    number = coerce.number(value)
    if number is None:
        misuse(f"number-{key}", f"{what}: {value!r} is not a number and is left out")
    else:
        attributes[key] = number


def put_integer(attributes: Attributes, key: str, what: str, value: object) -> None:
    """A whole number, if there is one; what is none is said and left out."""
    if value is None:
        return
    integer = coerce.integer(value)
    if integer is None:
        misuse(f"integer-{key}", f"{what}: {value!r} is not a whole number and is left out")
    else:
        attributes[key] = integer


def put_direction(attributes: Attributes, name: str, direction: bool | str) -> None:
    """Whether a higher value is better, as a boolean or in one of the usual words."""
    if isinstance(direction, str):
        direction = _DIRECTIONS.get(direction.lower(), direction)
    if isinstance(direction, bool) or type(direction).__name__ in ("bool_", "bool"):
        attributes[names.CONTEXTA_METRIC_HIGHER_IS_BETTER] = bool(direction)
    else:
        misuse(
            "direction",
            f"metric {name!r}: higher_is_better={direction!r} is not a direction and is left out; "
            "pass True or False",
        )
