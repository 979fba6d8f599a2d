"""Secrets stay in the process: masked by name and by shape before anything is encoded.

By name: what is called a password, key or token is masked whole. By shape: what looks like a known
kind of credential is masked wherever it stands in a text. Both are kept narrow, because a mask over
`max_tokens`, a digest or a run id destroys evidence.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Mapping
from typing import Any, Final, cast

from contexta.base import coerce
from contexta.base.coerce import AttributeValue
from contexta.base.secret_names import is_password_or_key, is_secret_name, is_wholly_secret
from contexta.base.secret_shapes import (
    MASK,
    REFERENCE,
    is_credential_like,
    masked_prose,
)
from contexta.base.secret_shapes import (
    masked_value as masked_shapes,
)

__all__ = ["MASK", "is_secret_name"]


class _Tally(threading.local):
    """What was masked on this thread since its last record."""

    masked: int = 0
    redaction_failed: int = 0


_tally: Final = _Tally()


def masked(name: str, value: str) -> str:
    """`value`, or a mask if the name says it is secret; parts that look secret are masked too."""
    if value and is_secret_name(name) and not REFERENCE.fullmatch(value):
        _tally.masked += 1
        return MASK
    return without_secrets(value)


def without_secrets(text: str) -> str:
    """`text` with everything masked that has the shape of a credential."""
    return _counted(masked_shapes(text))


def in_prose(text: str) -> str:
    """The same for a message or a stack trace, with the values of pairs such as `api_key=…` too."""
    return _counted(masked_prose(text))


def _counted(masked: tuple[str, int]) -> str:
    text, count = masked
    if count:
        _tally.masked += count
    return text


def in_attribute(name: str, value: AttributeValue) -> AttributeValue:
    """A coerced attribute of the user's own choosing: texts as prose; as a whole where the name says
    so and, but for passwords and keys, the value could be a credential (`token: "the"` stays)."""
    if isinstance(value, str):
        named = value and is_secret_name(name) and not REFERENCE.fullmatch(value)
        if named and (is_password_or_key(name) or is_credential_like(value)):
            _tally.masked += value != MASK
            return MASK
        return in_prose(value)
    if isinstance(value, list) and value and isinstance(value[0], str):
        return [str(in_attribute(name, item)) for item in cast("list[str]", value)]
    return value


def masked_value(name: str, value: Any) -> Any:
    """As `masked`, for a value of any type: numbers and booleans stay unless the name is a
    password's; texts, lists and mappings are looked into. The value itself is not changed."""
    if value is None or isinstance(value, (bool, float)):
        return value
    if isinstance(value, str):
        return masked(name, value)
    if isinstance(value, Mapping):
        entries = cast("Mapping[object, Any]", value)
        if is_secret_name(name):
            return {key: masked(name, coerce.text(entry)) for key, entry in entries.items()}
        return {key: masked_value(str(key), entry) for key, entry in entries.items()}
    if isinstance(value, (list, tuple)):
        return [masked_value(name, item) for item in cast("Iterable[Any]", value)]
    if is_secret_name(name) and is_wholly_secret(name):
        _tally.masked += 1
        return MASK
    return value


def without_secrets_in(value: AttributeValue) -> AttributeValue:
    """As `without_secrets`, for what was coerced already: a text, or a list of them."""
    if isinstance(value, str):
        return without_secrets(value)
    if isinstance(value, list) and value and isinstance(value[0], str):
        return [without_secrets(item) for item in cast("list[str]", value)]
    return value


def masked_argv(arguments: Iterable[str]) -> list[str]:
    """A command line: `--api-key VALUE`, `--api-key=VALUE` and `KEY=VALUE` by name, the rest by shape."""
    result: list[str] = []
    secret_next = False
    for argument in arguments:
        name, equals, value = argument.partition("=")
        if secret_next and not argument.startswith("-"):
            result.append(masked("password", argument))
        elif equals and re.fullmatch(r"[\w.-]+", name):
            result.append(f"{name}={masked(name, value)}")
        else:
            result.append(without_secrets(argument))
        secret_next = argument.startswith("-") and not equals and is_secret_name(argument)
    return result


def redacted(text: str, redact: Any) -> str | None:
    """`text` after the user's `redact`; None if that failed: then the text is not sent at all."""
    try:
        result = redact(text)
    except Exception:
        _tally.redaction_failed += 1
        return None
    return None if result is None else coerce.text(result)


def take_tally() -> tuple[int, int]:
    """How many values were masked, and texts dropped for a failing redaction, on this thread since
    this was asked last."""
    if not _tally.masked and not _tally.redaction_failed:
        return _NOTHING
    counts = (_tally.masked, _tally.redaction_failed)
    _tally.masked = _tally.redaction_failed = 0
    return counts


_NOTHING: Final = (0, 0)
